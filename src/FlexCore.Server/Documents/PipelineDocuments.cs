using System.Collections.ObjectModel;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Scheduling;
using FlexCore.Client;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

using Pipeline = FlexCore.Client.Pipeline;
using PipelineLifecycle = FlexCore.Client.PipelineLifecycle;
using PipelineVersion = FlexCore.Client.PipelineVersion;

namespace FlexCore.Server.Documents;

/// <summary>Pipelines, their bookmarks and backfills as the API tells them.</summary>
public static class PipelineDocuments
{
    private const int DueTimes = 3;

    private static readonly Dictionary<string, string> NoVariables = [];

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

    /// <summary>What becomes of pipelines.</summary>
    /// <param name="changes">Each of them.</param>
    /// <param name="isDry">Whether nothing was done.</param>
    public static AppliedPipelines Describe(IReadOnlyList<Application.Pipelines.PipelineChange> changes, bool isDry) => new(isDry, [.. changes.Select(change => new Client.PipelineChange(
        change.After.Name, What(change), change.Before.Current?.Number, change.After.Current!.Number, change.Before.Current is null ? null : Wording.Of(change.Before.Lifecycle),
        Wording.Of(change.After.Lifecycle), change.Before.Current?.File, change.After.Current.File, change.Diff))]);

    /// <summary>A pipeline file in which nothing is wrong.</summary>
    public static ValidatedPipeline Describe(PipelineDefinition pipeline) => new(
        Ok: true, pipeline.Name, pipeline.Hash, [.. pipeline.Steps.Select(step => step.Id)],
        [.. pipeline.Steps.OfType<SyncStep>().Where(step => step.Partitions is not null).Select(step => new StepPartitions(step.Id, step.Partitions!.Taps, [.. step.Partitions.Together.Select(names => (IReadOnlyList<string>)[.. names])]))],
        [.. pipeline.Steps.SelectMany(step => step.Plugins.Select(use => new StepGrant(step.Id, use.Manifest.Name, use.Grant.ToString(), WiderLimits: "")))]);

    /// <summary>Pipeline files that were sent.</summary>
    public static DeclaredPipelines Read(Client.ApplyPipelines sent) => new([.. sent.Files.Select(file => Sent(file.Name, file.Text, NoVariables))], sent.Activate, sent.Prune) { Expected = sent.Expected ?? ReadOnlyDictionary<string, int>.Empty };

    /// <summary>A pipeline file that was sent to be checked.</summary>
    public static PipelineRequest Read(Client.ValidatePipeline sent) => Sent(sent.Name, sent.Text, sent.Set ?? NoVariables);

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

    private static PipelineRequest Sent(string name, string text, IReadOnlyDictionary<string, string> set) => new(name, set, GrantAll: false) { Text = text, IsSent = true };

    private static string What(Application.Pipelines.PipelineChange change) => change switch
    {
        { Before.Current: null } => "created",
        _ when change.After.Versions.Count > change.Before.Versions.Count => "revised",
        _ when change.After.Lifecycle == change.Before.Lifecycle => "unchanged",
        { After.Lifecycle: Domain.Pipelines.PipelineLifecycle.Archived } => "archived",
        _ => "activated",
    };

    private static Backfill Describe(Domain.Scheduling.Backfill backfill, int runs) => new(
        backfill.Id, backfill.Pipeline, Wording.Of(backfill.Status), backfill.RangeFrom, backfill.RangeTo, backfill.Parallel, backfill.Started, runs);
}
