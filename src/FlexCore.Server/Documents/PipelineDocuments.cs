using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Scheduling;
using FlexCore.Client;
using FlexCore.Domain.Runs;

namespace FlexCore.Server.Documents;

/// <summary>Pipelines, their bookmarks and backfills as the API tells them.</summary>
public static class PipelineDocuments
{
    /// <summary>A pipeline of a list.</summary>
    public static PipelineListItem Describe(PipelineStatus pipeline) => new(
        pipeline.Name, pipeline.Version, Wording.Of(pipeline.Lifecycle), pipeline.Runs, pipeline.Failures, pipeline.LastRun is { } run ? RunDocuments.Describe(run) : null);

    /// <summary>A pipeline.</summary>
    public static Pipeline Describe(PipelineHistory history) => new(
        history.Pipeline.Name, Wording.Of(history.Pipeline.Lifecycle), history.Pipeline.Current!.Number, history.Pipeline.Current.Definition,
        [.. history.Pipeline.Versions.Zip(history.Records, (version, fact) => new PipelineVersion(version.Number, fact.At, fact.Actor, version.File, version.Hash))]);

    /// <summary>What may happen with it.</summary>
    public static PipelineLifecycle Describe(Domain.Pipelines.Pipeline pipeline) => new(pipeline.Name, Wording.Of(pipeline.Lifecycle));

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
