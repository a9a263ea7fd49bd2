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
/// <param name="Definition">That definition, as written, secret fields masked.</param>
/// <param name="Versions">All of them, oldest first.</param>
public sealed record Pipeline(string Name, string Lifecycle, int Version, JsonElement Definition, IReadOnlyList<PipelineVersion> Versions);

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

/// <summary>A wish for a backfill.</summary>
/// <param name="From">The first moment of the range.</param>
/// <param name="To">The first moment behind it.</param>
/// <param name="Parallel">How many of its runs may wait or be under way at once.</param>
public sealed record StartBackfill(DateTimeOffset From, DateTimeOffset To, int Parallel = 1);
