using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Domain.Runs;
using FlexCore.Server.Console.Charts;
using FlexCore.Server.Documents;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Routing;
using CancelRun = FlexCore.Application.Runs.CancelRun;
using RetryRun = FlexCore.Application.Runs.RetryRun;

namespace FlexCore.Server.Console.Pages;

/// <summary><c>/runs</c>.</summary>
internal static class RunPages
{
    private const string NoReason = "asked for in the console";

    private static readonly Dictionary<string, string> NoVariables = [];

    /// <summary>What is committed stands on the pages of steps.</summary>
    public static IReadOnlyDictionary<string, JsonElement> NoStates { get; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder routes, Site site)
    {
        site.Page(routes, "/runs", ListAsync);
        site.Page(routes, "/runs/{run:guid}", ShowAsync);
        site.File(routes, "/runs/{run:guid}/artifacts/{step}/{**name}", async visit =>
            await ArtifactEndpoints.WriteAsync(visit.Context, await visit.AskAsync(new ReadArtifact(visit.RunId, visit.Part("step"), visit.Part("name")))));
        site.Form(routes, "/runs/{run:guid}/cancel", async visit =>
        {
            await visit.AskAsync(new CancelRun(visit.RunId, visit.Said("reason") ?? NoReason));
            return new Done($"/runs/{visit.RunId}", Deed.CancelRequested);
        });
        site.Form(routes, "/runs/{run:guid}/retry", async visit =>
            new Done($"/runs/{await visit.AskAsync(new RetryRun(visit.RunId, visit.Said("from_start") is not null, NoVariables))}", Deed.RunRetried));
    }

    private static async Task<PageContent> ListAsync(Visit visit)
    {
        var (pipeline, status, since) = (visit.Said("pipeline"), visit.Said("status"), visit.Said("since"));
        var found = await visit.AskAsync(new GetExecutionHistory(new RunFilter(Paging.Usual + 1, pipeline, Wording.Read<RunStatus>("status", status), Paging.Id(visit.Said("after")), Since: RunsModel.Begin(since, visit.Now))));
        return PageContent.Of<RunsPage>("Runs", new RunsModel(Paging.Of(found, Paging.Usual, run => run.RunId.ToString(), RunDocuments.Describe), pipeline, status, since));
    }

    private static async Task<PageContent> ShowAsync(Visit visit)
    {
        var summary = await visit.AskAsync(new ShowRun(visit.Part("run")));
        var run = RunDocuments.Describe(summary, NoStates);
        var events = await visit.AskAsync(new ListRunEvents(run.RunId, After: 0));
        var log = await ReadLogAsync(visit, visit.Said("step"));
        var artifacts = await visit.AskAsync(new ListArtifacts(run.RunId));
        return PageContent.Of<RunPage>($"{run.Pipeline} {visit.Part("run")[^8..]}", new RunModel(run, Gantt.Of([.. events.Select(OperationDocuments.Describe)], visit.Now), log, [.. artifacts.Select(RunDocuments.Describe)], visit.Said("all") is not null));
    }

    /// <summary>What the plugins of a run have said, as it is searched for.</summary>
    public static async Task<RunLogModel> ReadLogAsync(Visit visit, string? step)
    {
        var (level, text) = (visit.Said("level"), visit.Said("q"));
        var lines = await visit.AskAsync(new ReadRunLog(visit.RunId, After: 0, RunLogModel.MostLines) { IsNewest = true, Least = Wording.Read<LogLineLevel>("level", level), Text = text, Step = step });
        return new RunLogModel([.. lines.Select(RunDocuments.Describe)], level, text, step);
    }
}
