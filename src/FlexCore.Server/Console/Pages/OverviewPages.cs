using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Domain.Runs;
using FlexCore.Server.Console.Charts;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Routing;
using QueuedRun = FlexCore.Client.QueuedRun;

namespace FlexCore.Server.Console.Pages;

/// <summary><c>/</c>: how everything fares.</summary>
internal static class OverviewPages
{
    private const int Minutes = 60;

    // A run that a node could have taken at once waits for less.
    private const string LateOnes = "status = 'queued' and age > 60";

    public static void Map(IEndpointRouteBuilder routes, Site site) => site.Page(routes, "/", ShowAsync);

    private static async Task<PageContent> ShowAsync(Visit visit)
    {
        var newest = await visit.AskAsync(new GetExecutionHistory(new RunFilter(OverviewModel.MostCounted)));
        var running = await visit.AskAsync(new GetExecutionHistory(new RunFilter(OverviewModel.MostCounted, Status: RunStatus.Running)));
        var failed = await visit.AskAsync(new GetExecutionHistory(new RunFilter(OverviewModel.MostCounted, Status: RunStatus.Failed, Since: RunsModel.Begin(RunsModel.LastDay, visit.Now))));
        var waiting = await visit.AskAsync(new GetExecutionHistory(new RunFilter(OverviewModel.MostCounted, Status: RunStatus.Queued)));
        var late = await visit.AskAsync(new FindQueuedRuns(LateOnes));
        var totals = await visit.AskIfAllowedAsync(new GetSystemMetrics());
        var byMinute = ByMinute(newest, visit.Now);
        return PageContent.Of<OverviewPage>("Overview", new OverviewModel(
            [.. running.Select(RunDocuments.Describe)], waiting.Count, failed.Count, [.. late.Select(RunDocuments.Describe)],
            [.. newest.Take(OverviewModel.MostShown).Select(RunDocuments.Describe)], totals is null ? null : OperationDocuments.Describe(totals), Sparkline.Of([.. byMinute.Select(minute => minute.Records)]),
            byMinute.Sum(minute => minute.Records), byMinute.Sum(minute => minute.Runs)));
    }

    private static (long Records, int Runs)[] ByMinute(IReadOnlyList<ExecutionHistory> runs, DateTimeOffset now)
    {
        var minutes = new (long Records, int Runs)[Minutes];
        foreach (var run in runs)
        {
            if (run.DurationMs is not { } took) continue;
            var age = (int)Math.Floor((now - run.StartedAt.AddMilliseconds(took)).TotalMinutes);
            if (age is < 0 or >= Minutes) continue;
            ref var minute = ref minutes[Minutes - 1 - age];
            minute = (minute.Records + run.Records, minute.Runs + 1);
        }

        return minutes;
    }
}

/// <summary>How everything fares.</summary>
/// <param name="Running">Runs under way.</param>
/// <param name="Queued">How many runs wait.</param>
/// <param name="FailedToday">How many runs of the last 24 hours have failed.</param>
/// <param name="Late">Runs that wait for longer than they should.</param>
/// <param name="Newest">The newest runs.</param>
/// <param name="Totals">What all runs have done together; null for whoever may see some pipelines only.</param>
/// <param name="Throughput">Records by the minute, over the last hour.</param>
/// <param name="RecordsLastHour">Records of the runs that ended in the last hour.</param>
/// <param name="RunsLastHour">How many runs ended in the last hour.</param>
public sealed record OverviewModel(
    IReadOnlyList<RunListItem> Running, int Queued, int FailedToday, IReadOnlyList<QueuedRun> Late, IReadOnlyList<RunListItem> Newest, SystemTotals? Totals, Sparkline Throughput, long RecordsLastHour, int RunsLastHour)
{
    /// <summary>More runs are not counted.</summary>
    public const int MostCounted = 1_000;

    /// <summary>More runs are not shown.</summary>
    public const int MostShown = 10;
}
