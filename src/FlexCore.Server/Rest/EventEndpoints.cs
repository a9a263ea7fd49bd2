using System.Text.Json;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;
using FlexCore.Server.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using StoredEvent = FlexCore.Client.StoredEvent;

namespace FlexCore.Server.Rest;

/// <summary><c>/api/v1/events</c>.</summary>
internal static class EventEndpoints
{
    // Below what the command line, and many a proxy, waits for an answer.
    private static readonly TimeSpan LongestVerification = TimeSpan.FromSeconds(90);

    public static void Map(RouteGroupBuilder api, Answers answers)
    {
        var events = api.MapGroup("/events").WithTags("events");
        events.MapGet("", (HttpContext context, string? stream, string? category, string? type, bool? newest, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(
                context, new ListEvents(new EventQuery(Paging.Number(after), most + 1, stream, category, type)) { IsNewest = newest == true }, found => Paging.Of(found, most, stored => $"{stored.Position}", OperationDocuments.Describe),
                FlexCoreJson.Default.PageStoredEvent);
        }).Says<Page<StoredEvent>>("ListEvents", "The event log, in the order in which things happened or, if wished, newest first");
        events.MapGet("/{position:long}", (HttpContext context, long position) => answers.AskAsync(context, new ShowEvent(position), OperationDocuments.Describe, FlexCoreJson.Default.StoredEvent))
            .Says<StoredEvent>("ShowEvent", "One event with its data and metadata");
        events.MapGet("/replay", (HttpContext context, string stream, [FromQuery(Name = "to_version")] long? toVersion, DateTimeOffset? at) => answers.AskAsync(
            context, new ReplayEventsQuery(stream, toVersion, at), OperationDocuments.Describe, FlexCoreJson.Default.ReplayedStream))
            .Says<ReplayedStream>("ReplayStream", "An event stream as it was after so many events, or at a time");
        events.MapGet("/export", (Delegate)((HttpContext context) => ExportAsync(context, answers)))
            .Says<JsonElement>("ExportEvents", "The whole event log as JSON Lines, an event a line with the bytes that were appended; an answer that breaks off is not whole", contentType: "application/jsonl");
        MapHistory(events, answers);
    }

    private static async Task ExportAsync(HttpContext context, Answers answers)
    {
        context.Record().IsStream = true;
        context.Response.ContentType = "application/jsonl";
        try
        {
            var exported = await answers.SendAsync(context, new ExportEvents(context.Response.Body));
            if (!exported.IsSuccess) await Problems.WriteAsync(context, exported.Errors);
        }
        catch (Exception e) when (context.Response.HasStarted)
        {
            // Half a log could be taken for a whole one: whoever reads it must see that it was cut off.
            context.Record().Error = (e as FlexCoreException)?.Error;
            context.Abort();
            throw;
        }
    }

    private static void MapHistory(RouteGroupBuilder events, Answers answers)
    {
        events.MapGet("/verify", (HttpContext context, string[]? against, string[]? key, [FromQuery(Name = "since_last")] bool? sinceLast) => answers.AskAsync(
            context, new VerifyHistory(new HistoryEvidence(against ?? [], key ?? []), sinceLast ?? false) { Within = LongestVerification }, HistoryDocuments.Describe, FlexCoreJson.Default.Verification))
            .Says<Verification>("VerifyEvents", "Whether the event log is what was appended: recomputed, and compared with checkpoints (`against`, text) signed with trusted keys (`key`, PEM); in 90 seconds or not at all");
        events.MapGet("/{position:long}/proof", (HttpContext context, long position) => answers.AskAsync(context, new ProveEvent(position), proof => proof, FlexCoreJson.Default.JsonElement))
            .Says<JsonElement>("ProveEvent", "A proof that an event is in the log, for docs/verify.py");
        events.MapGet("/growth", (HttpContext context, string older, long newer) => answers.AskAsync(context, new ProveGrowth(older, newer), proof => proof, FlexCoreJson.Default.JsonElement))
            .Says<JsonElement>("ProveGrowth", "A proof that the log of `newer` events begins with all that it had when there were `older`, a number or the text of a checkpoint; for docs/verify.py");
        events.MapGet("/key", (Delegate)((HttpContext context) => answers.AskAsync(context, new GetLogKey(), pem => new LogKey(pem), FlexCoreJson.Default.LogKey)))
            .Says<LogKey>("ShowLogKey", "The public key that checkpoints and proofs are checked with");
    }
}
