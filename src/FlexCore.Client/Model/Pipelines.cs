using System.Text.Json;

namespace FlexCore.Client;

/// <summary>A pipeline and how it fares.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Version">Of its newest definition.</param>
/// <param name="Lifecycle"><c>created</c>, <c>active</c>, <c>paused</c> or <c>archived</c>.</param>
/// <param name="Runs">How often it was run.</param>
/// <param name="Failures">How many runs have failed or were interrupted.</param>
/// <param name="LastRun">Its newest run.</param>
public sealed record PipelineListItem(string Name, int Version, string Lifecycle, long Runs, long Failures, RunListItem? LastRun);

/// <summary>A pipeline.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Lifecycle"><c>created</c>, <c>active</c>, <c>paused</c> or <c>archived</c>.</param>
/// <param name="Version">Of its newest definition.</param>
/// <param name="Schedules">When it is due.</param>
/// <param name="NextDue">The next times at which it is due; none while its triggers start no runs.</param>
/// <param name="Definition">Its newest definition, as written, secret fields masked.</param>
/// <param name="Versions">All definitions, oldest first.</param>
public sealed record Pipeline(
    string Name, string Lifecycle, int Version, IReadOnlyList<PipelineSchedule> Schedules, IReadOnlyList<DateTimeOffset> NextDue, JsonElement Definition, IReadOnlyList<PipelineVersion> Versions);

/// <summary>A schedule of a pipeline.</summary>
/// <param name="Cron">Five or six fields.</param>
/// <param name="Timezone">Whose time it is.</param>
/// <param name="Overlap"><c>skip</c>, <c>queue</c> or <c>replace</c>.</param>
/// <param name="Misfire">What becomes of times that were missed.</param>
/// <param name="Start">Not due before it.</param>
/// <param name="End">Not due after it.</param>
public sealed record PipelineSchedule(string Cron, string Timezone, string Overlap, string Misfire, DateTimeOffset? Start, DateTimeOffset? End);

/// <summary>Two definitions of a pipeline beside each other.</summary>
/// <param name="Same">Whether nothing differs.</param>
/// <param name="From">The version of the older one; null where nothing is on record.</param>
/// <param name="To">The version of the newer one.</param>
/// <param name="Diff">What differs: the lines of a unified diff.</param>
public sealed record PipelineDiff(bool Same, int? From, int To, IReadOnlyList<string> Diff);

/// <summary>A pipeline file.</summary>
/// <param name="Name">As it lies in the project, such as <c>pipelines/orders.yaml</c>; paths in it are relative to that place.</param>
/// <param name="Text">What it says: YAML.</param>
public sealed record PipelineSource(string Name, string Text);

/// <summary>A wish to make what is on record what files say.</summary>
/// <param name="Files">The files.</param>
/// <param name="Activate">Whether triggers may start runs of what nobody has paused.</param>
/// <param name="Prune">Whether pipelines are archived whose file was in a folder of these files and is not among them any more.</param>
/// <param name="Expected">Which version each pipeline must be at, 0 for none; those that are not named may be at any.</param>
public sealed record ApplyPipelines(IReadOnlyList<PipelineSource> Files, bool Activate = true, bool Prune = false, IReadOnlyDictionary<string, int>? Expected = null);

/// <summary>A wish to have a pipeline file checked.</summary>
/// <param name="Name">As it lies in the project.</param>
/// <param name="Text">What it says: YAML.</param>
/// <param name="Set">Variables that override those of the definition.</param>
public sealed record ValidatePipeline(string Name, string Text, IReadOnlyDictionary<string, string>? Set = null);

/// <summary>A pipeline file in which nothing is wrong.</summary>
/// <param name="Ok">True.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Hash">SHA-256 of the definition.</param>
/// <param name="Steps">The steps, in the order of the file.</param>
/// <param name="Partitions">Of each sync that has several taps, how records are dealt out.</param>
/// <param name="Grants">What plugins get.</param>
public sealed record ValidatedPipeline(bool Ok, string Pipeline, string Hash, IReadOnlyList<string> Steps, IReadOnlyList<StepPartitions> Partitions, IReadOnlyList<StepGrant> Grants);

/// <summary>How the records of a sync are dealt out to several taps.</summary>
/// <param name="Step">The step.</param>
/// <param name="Taps">How many taps.</param>
/// <param name="Together">Record streams that go to the same tap.</param>
public sealed record StepPartitions(string Step, int Taps, IReadOnlyList<IReadOnlyList<string>> Together);

/// <summary>What becomes of a pipeline when files are applied.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Change"><c>created</c>, <c>revised</c>, <c>activated</c>, <c>archived</c> or <c>unchanged</c>.</param>
/// <param name="VersionBefore">The version before; null where it is new.</param>
/// <param name="Version">The version after.</param>
/// <param name="LifecycleBefore">Its lifecycle before; null where it is new.</param>
/// <param name="Lifecycle">Its lifecycle after.</param>
/// <param name="FileBefore">Where it was read before.</param>
/// <param name="File">Where it was read now.</param>
/// <param name="Diff">What differs in the definition: the lines of a unified diff.</param>
public sealed record PipelineChange(
    string Name, string Change, int? VersionBefore, int Version, string? LifecycleBefore, string Lifecycle, string? FileBefore, string File, IReadOnlyList<string> Diff);

/// <summary>What becomes of pipelines when files are applied.</summary>
/// <param name="DryRun">Whether it is a plan, and nothing was done.</param>
/// <param name="Pipelines">Each of them.</param>
public sealed record AppliedPipelines(bool DryRun, IReadOnlyList<PipelineChange> Pipelines);

/// <summary>One definition of a pipeline.</summary>
/// <param name="Version">Counted from 1.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Actor">By whom.</param>
/// <param name="File">Where it was read.</param>
/// <param name="Hash">SHA-256 of it.</param>
public sealed record PipelineVersion(int Version, DateTimeOffset At, string Actor, string File, string Hash);

/// <summary>What may happen with a pipeline now.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Lifecycle"><c>created</c>, <c>active</c>, <c>paused</c> or <c>archived</c>.</param>
public sealed record PipelineLifecycle(string Name, string Lifecycle);

/// <summary>A wish to pause a pipeline.</summary>
/// <param name="Reason">For those who wonder later.</param>
public sealed record PausePipeline(string? Reason = null);

/// <summary>One version of the bookmarks of a sync step.</summary>
/// <param name="Version">Counted from 1.</param>
/// <param name="At">When it was committed.</param>
/// <param name="Actor">By whom.</param>
/// <param name="Change"><c>committed</c>, <c>set</c> or <c>cleared</c>.</param>
/// <param name="RunId">The run that committed it.</param>
/// <param name="FromVersion">The older version that it was put back to.</param>
/// <param name="Reason">Why it was changed by hand.</param>
/// <param name="Value">The bookmarks; null where there are none.</param>
public sealed record StateVersion(long Version, DateTimeOffset At, string Actor, string Change, Guid? RunId, long? FromVersion, string? Reason, JsonElement? Value);

/// <summary>A wish to change the bookmarks of a sync step.</summary>
/// <param name="Value">What they are to be: the value of a Singer STATE. Either this or a version.</param>
/// <param name="FromVersion">The older version that they are to be put back to.</param>
/// <param name="Reason">Why, for whoever reads the history.</param>
public sealed record ChangeState(JsonElement? Value = null, long? FromVersion = null, string? Reason = null);

/// <summary>The bookmarks of a sync step.</summary>
/// <param name="Version">How often they were changed.</param>
/// <param name="Value">The bookmarks; null where there are none.</param>
public sealed record State(long Version, JsonElement? Value);

/// <summary>Runs for the due times of a range.</summary>
/// <param name="BackfillId">The backfill.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="Status"><c>active</c>, <c>paused</c>, <c>completed</c> or <c>cancelled</c>.</param>
/// <param name="From">The first moment of the range.</param>
/// <param name="To">The first moment behind it.</param>
/// <param name="Parallel">How many of its runs may wait or be under way at once.</param>
/// <param name="Started">How many it has started.</param>
/// <param name="Runs">How many it has in all.</param>
public sealed record Backfill(Guid BackfillId, string Pipeline, string Status, DateTimeOffset From, DateTimeOffset To, int Parallel, int Started, int Runs);

/// <summary>A wish to pause or end a backfill.</summary>
/// <param name="Reason">For those who wonder later.</param>
public sealed record StopBackfill(string? Reason = null);

/// <summary>A wish for a backfill.</summary>
/// <param name="From">The first moment of the range.</param>
/// <param name="To">The first moment behind it.</param>
/// <param name="Parallel">How many of its runs may wait or be under way at once.</param>
public sealed record StartBackfill(DateTimeOffset From, DateTimeOffset To, int Parallel = 1);
