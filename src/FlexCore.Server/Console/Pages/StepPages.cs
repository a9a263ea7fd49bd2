using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Console.Charts;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Routing;
using StateVersion = FlexCore.Client.StateVersion;
using StoredEvent = FlexCore.Client.StoredEvent;

namespace FlexCore.Server.Console.Pages;

/// <summary><c>/runs/{run}/steps/{step}</c>.</summary>
internal static class StepPages
{
    public static void Map(IEndpointRouteBuilder routes, Site site) => site.Page(routes, "/runs/{run:guid}/steps/{step}", ShowAsync);

    private static async Task<PageContent> ShowAsync(Visit visit)
    {
        var run = RunDocuments.Describe(await visit.AskAsync(new ShowRun(visit.Part("run"))), RunPages.NoStates);
        var id = visit.Part("step");
        if (run.Steps.FirstOrDefault(each => each.Id == id) is not { } step) throw new FlexCoreException(new Error(ErrorCodes.NotFound, $"run {run.RunId} has no step '{id}'"));
        var events = (await visit.AskAsync(new ListRunEvents(run.RunId, After: 0))).Select(OperationDocuments.Describe).ToList();
        var (before, after) = await ReadStatesAsync(visit, run, step);
        return PageContent.Of<StepPage>(
            $"{id} of {run.Pipeline}",
            new StepModel(run, step, Gantt.Of(events, visit.Now).Rows.GetValueOrDefault(id) ?? [], [.. Failures(events, id)], before, after, await RunPages.ReadLogAsync(visit, id)));
    }

    /// <summary>What was committed before the run and what it has committed last. A step that moves no records has nothing committed.</summary>
    private static async Task<(StateVersion? Before, StateVersion? After)> ReadStatesAsync(Visit visit, Run run, RunStep step)
    {
        if (await visit.FindAsync(new ListStateVersions(run.Pipeline, step.Id)) is not { } versions) return (null, null);
        var documents = versions.Select(PipelineDocuments.Describe).ToList();
        var first = documents.FindIndex(version => version.RunId == run.RunId);
        return first < 0
            ? (documents.FindLast(version => version.At < run.StartedAt), null)
            : (documents.ElementAtOrDefault(first - 1), documents.FindLast(version => version.RunId == run.RunId));
    }

    private static IEnumerable<StepFailure> Failures(IEnumerable<StoredEvent> events, string step) =>
        from happened in events
        where happened.Type == "StepFailed" && happened.Data.GetProperty("step").ValueEquals(step)
        select new StepFailure(happened.Data.GetProperty("attempt").GetInt32(), happened.At, happened.Data.GetProperty("code").GetString()!, happened.Data.GetProperty("message").GetString()!);
}
