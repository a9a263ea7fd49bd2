using System.Text.Json;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;
using FlexCore.Server.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace FlexCore.Server.Rest;

/// <summary><c>/api/v1/runs/RUN/artifacts</c>.</summary>
internal static class ArtifactEndpoints
{
    public static void Map(RouteGroupBuilder runs, Answers answers)
    {
        runs.MapGet("/{run:guid}/artifacts", (HttpContext context, Guid run, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(context, new ListArtifacts(run), found => Paging.OfRanked(found, after, most, artifact => $"{artifact.Step}/{artifact.File.Name}", RunDocuments.Describe), FlexCoreJson.Default.PageRunArtifact);
        }).Says<Page<RunArtifact>>("ListArtifacts", "The files that the steps of a run have left, with their lengths and SHA-256");

        runs.MapGet("/{run:guid}/artifacts/{step}/{**name}", async (HttpContext context, Guid run, string step, string name) =>
        {
            var found = await answers.SendAsync(context, new ReadArtifact(run, step, name));
            if (found.IsSuccess) await WriteAsync(context, found.Value);
            else await Problems.WriteAsync(context, found.Errors);
        }).Says<JsonElement>("ReadArtifact", "One of these files, as it was left; an answer that breaks off is not whole", contentType: "application/octet-stream");
    }

    /// <summary>Answers with a file. A browser keeps it and does not show it, for a plugin made it.</summary>
    public static async Task WriteAsync(HttpContext context, OpenArtifact artifact)
    {
        await using var content = artifact.Content;
        context.Record().IsStream = true;
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = artifact.File.Length;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(artifact.File.Name[(artifact.File.Name.LastIndexOf('/') + 1)..]);
        context.Response.Headers.ContentDisposition = disposition.ToString();
        try
        {
            await content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (Exception e) when (context.Response.HasStarted)
        {
            // Half a file could be taken for a whole one: whoever reads it must see that it was cut off.
            context.Record().Error = (e as FlexCoreException)?.Error;
            context.Abort();
            throw;
        }
    }
}
