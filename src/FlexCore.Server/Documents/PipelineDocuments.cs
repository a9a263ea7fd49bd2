using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Scheduling;
using FlexCore.Client;
using FlexCore.Domain.Runs;

namespace FlexCore.Server.Documents;

/// <summary>Pipelines, their bookmarks and backfills as the API tells them.</summary>
public static class PipelineDocuments
{
    private const int DueTimes = 3;

    /// <summary>A pipeline of a list.</summary>
    public static PipelineListItem Describe(PipelineStatus pipeline) => new(
        pipeline.Name, pipeline.Version, Wording.Of(pipeline.Lifecycle), pipeline.Runs, pipeline.Failures, pipeline.LastRun is { } run ? RunDocuments.Describe(run) : null);

    /// <summary>A pipeline.</summary>
    /// <param name="history">The pipeline.</param>
    /// <param name="now">The time.</param>
    public static Pipeline Describe(PipelineHistory history, DateTimeOffset now) => new(
        history.Pipeline.Name, Wording.Of(history.Pipeline.Lifecycle), history.Pipeline.Current!.Number,
        [.. history.Pipeline.Current.Triggers.Schedules.Select(each => new PipelineSchedule(each.Cron, each.Timezone, Wording.Of(each.Overlap), Wording.Of(each.Misfire), each.Start, each.End))],
        [.. history.Pipeline.ActiveTriggers.Schedules.SelectMany(schedule => schedule.After(now).Take(DueTimes)).Distinct().Order().Take(DueTimes)], history.Pipeline.Current.Definition,
        [.. history.Pipeline.Versions.Zip(history.Records, (version, fact) => new PipelineVersion(version.Number, fact.At, fact.Actor, version.File, version.Hash))]);

    /// <summary>What may happen with it.</summary>
    public static PipelineLifecycle Describe(Domain.Pipelines.Pipeline pipeline) => new(pipeline.Name, Wording.Of(pipeline.Lifecycle));

    /// <summary>Two definitions beside each other.</summary>
    public static PipelineDiff Describe(ComparedVersions compared) => new(compared.Diff.Count == 0, compared.Older?.Number, compared.Newer.Number, compared.Diff);

    /// <summary>A version of bookmarks.</summary>
    public static Client.StateVersion Describe(Application.Runs.StateVersion version) => new(
        version.State.Version, version.At, version.Actor, version.Event switch { StateSet => "set", StateCleared => "cleared", _ => "committed" }, version.State.RunId,
        (version.Event as StateSet)?.FromVersion, (version.Event as StateSet)?.Reason ?? (version.Event as StateCleared)?.Reason, version.State.Value);

    /// <summary>Bookmarks.</summary>
    public static State Describe(CommittedState state) => new(state.Version, state.Value);

    /// <summary>A backfill.</summary>
    public static Backfill Describe(BackfillProgress progress) => Describe(progress.Backfill, progress.Runs);

    /// <summary>A backfill that was just changed.</summary>
    public static Backfill Describe(Domain.Scheduling.Backfill backfill) => Describe(backfill, backfill.DueTimes().Count());

    private static Backfill Describe(Domain.Scheduling.Backfill backfill, int runs) => new(
        backfill.Id, backfill.Pipeline, Wording.Of(backfill.Status), backfill.RangeFrom, backfill.RangeTo, backfill.Parallel, backfill.Started, runs);
}
