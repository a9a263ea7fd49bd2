using System.Text.Json;

namespace FlexCore.Client;

/// <summary>A run, as a list shows it.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="Status"><c>queued</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c>, <c>cancelled</c> or <c>interrupted</c>.</param>
/// <param name="DryRun">Whether targets were left out.</param>
/// <param name="Replays">How many dead letters it sent again; null where it is no replay.</param>
/// <param name="StartedAt">When it was wanted, or began where it never waited.</param>
/// <param name="DurationMs">Wall time in milliseconds, once it has ended by itself.</param>
/// <param name="Records">Records that went to targets.</param>
/// <param name="DeadLetters">Records that became dead letters.</param>
public sealed record RunListItem(Guid RunId, string Pipeline, string Status, bool DryRun, int? Replays, DateTimeOffset StartedAt, long? DurationMs, long Records, long DeadLetters);

/// <summary>A run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="PipelineVersion">Which definition of it.</param>
/// <param name="Status"><c>queued</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c>, <c>cancelled</c> or <c>interrupted</c>.</param>
/// <param name="DurationMs">Wall time in milliseconds, once it has ended by itself.</param>
/// <param name="Reason">Why it ended other than well.</param>
/// <param name="Trigger">Why it was started.</param>
/// <param name="RetryOf">The run that it runs again.</param>
/// <param name="Node">The node that has it, or had it last; null for a command line.</param>
/// <param name="CancelRequested">What somebody said who wants it to stop.</param>
/// <param name="Resumes">The interrupted run that it goes on from.</param>
/// <param name="DryRun">Whether targets are left out.</param>
/// <param name="Replays">How many dead letters it sends again.</param>
/// <param name="Environment">The environment whose settings hold.</param>
/// <param name="KeepsSucceeded">Whether steps that had succeeded in the run that it runs again were kept.</param>
/// <param name="Degraded">Whether its plugins had less than a sandbox.</param>
/// <param name="Isolation">What kept its plugins apart from the machine.</param>
/// <param name="Steps">In the order they run.</param>
/// <param name="StartedAt">When it was wanted, or began where it never waited.</param>
/// <param name="Waits">Why it waits; null where it does not.</param>
public sealed record Run(
    Guid RunId, string Pipeline, int PipelineVersion, string Status, long? DurationMs, string? Reason, RunTrigger Trigger, Guid? RetryOf, string? Node, string? CancelRequested, Guid? Resumes,
    bool DryRun, int? Replays, string? Environment, bool KeepsSucceeded, bool Degraded, RunIsolation Isolation, IReadOnlyList<RunStep> Steps, DateTimeOffset StartedAt, string? Waits);

/// <summary>What keeps the plugins of a run apart from the machine.</summary>
/// <param name="Level"><c>sandbox</c>, <c>process</c> or <c>none</c>.</param>
/// <param name="Missing">What level <c>sandbox</c> has and this one has not.</param>
public sealed record RunIsolation(string Level, IReadOnlyList<string> Missing);

/// <summary>Why a run was started.</summary>
/// <param name="Kind"><c>manual</c>, <c>schedule</c>, <c>webhook</c> and others.</param>
/// <param name="Source">What it was: a run, an event, a message.</param>
/// <param name="DueAt">The time that it is for.</param>
public sealed record RunTrigger(string Kind, string? Source, DateTimeOffset? DueAt);

/// <summary>One step of a run.</summary>
/// <param name="Id">The step.</param>
/// <param name="Status"><c>pending</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c>, <c>cancelled</c>, <c>interrupted</c>, <c>skipped</c> or <c>retrying</c>.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Records">Records that went to targets, by record stream.</param>
/// <param name="Bytes">Bytes that passed.</param>
/// <param name="DeadLetters">Records that became dead letters.</param>
/// <param name="Streams">More on each record stream.</param>
/// <param name="State">What is committed now, where it is a sync.</param>
/// <param name="SubRun">The run of another pipeline that it has made.</param>
/// <param name="Kept">Whether it had succeeded in the run that this one runs again, and was not run.</param>
/// <param name="Reason">Why it was skipped.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Plugins">The processes of its last attempt.</param>
/// <param name="Output">What a task has left, or the run of another pipeline; null where it has left nothing, and while the run is followed.</param>
public sealed record RunStep(
    string Id, string Status, int Attempts, IReadOnlyDictionary<string, long> Records, long Bytes, long DeadLetters, IReadOnlyDictionary<string, StreamCounts> Streams, JsonElement? State,
    Guid? SubRun, bool Kept, string? Reason, StepError? Error, IReadOnlyList<StepPlugin> Plugins, JsonElement? Output = null);

/// <summary>What became of the records of one stream.</summary>
/// <param name="In">Came from the tap.</param>
/// <param name="LeftOut">A <c>where</c> left out.</param>
/// <param name="Dead">Became dead letters.</param>
/// <param name="Mapped">Went through a map or mapper.</param>
/// <param name="Out">Went to targets.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StreamCounts(long In, long LeftOut, long Dead, long Mapped, long Out, long Bytes);

/// <summary>Why a step failed.</summary>
/// <param name="Code"><c>FX</c> and four digits.</param>
/// <param name="Message">For people.</param>
public sealed record StepError(string Code, string? Message);

/// <summary>How one plugin process ended.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Outcome">One of the outcomes of docs/reference/plugin.md.</param>
/// <param name="ExitCode">Its exit code, where it has ended by itself.</param>
/// <param name="CpuMs">CPU time in milliseconds.</param>
/// <param name="PeakMemoryBytes">The most memory that it held at once.</param>
/// <param name="Isolation"><c>sandbox</c>, <c>process</c> or <c>none</c>.</param>
/// <param name="GrantHash">Of what it was granted.</param>
/// <param name="Execution">Its event stream is <c>execution-</c> and this.</param>
public sealed record StepPlugin(string Name, string Outcome, int? ExitCode, long CpuMs, long PeakMemoryBytes, string Isolation, string? GrantHash, Guid Execution);

/// <summary>One line that a plugin has said.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Step">The step.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Level"><c>debug</c>, <c>info</c>, <c>warning</c> or <c>error</c>.</param>
/// <param name="Message">The line.</param>
public sealed record RunLogLine(DateTimeOffset At, string Step, string Plugin, string Level, string Message);

/// <summary>A file that a step of a run has left.</summary>
/// <param name="Step">The step.</param>
/// <param name="Name">Its name in the step: a path with <c>/</c>.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Of its content, in lower-case hexadecimal digits.</param>
public sealed record RunArtifact(string Step, string Name, long Length, string Sha256);

/// <summary>A wish for a run.</summary>
/// <param name="Pipeline">Of which pipeline.</param>
/// <param name="Set">Variables that override those of the definition.</param>
/// <param name="FullRefresh">Whether committed state is left aside.</param>
/// <param name="Priority">Instead of the pipeline's own: the higher, the earlier.</param>
public sealed record StartRun(string Pipeline, IReadOnlyDictionary<string, string>? Set = null, bool FullRefresh = false, int? Priority = null);

/// <summary>A wish to run a run again.</summary>
/// <param name="FromStart">All steps, and not only those that have not succeeded.</param>
/// <param name="Set">Variables that are other than before.</param>
public sealed record RetryRun(bool FromStart = false, IReadOnlyDictionary<string, string>? Set = null);

/// <summary>A wish to end a run.</summary>
/// <param name="Reason">For those who wonder later.</param>
public sealed record CancelRun(string? Reason = null);

/// <summary>A run that is on record now.</summary>
/// <param name="RunId">The run.</param>
public sealed record AcceptedRun(Guid RunId);

/// <summary>What became of a wish to end a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Status">Where it is: one that waited has ended, one that has begun ends soon.</param>
/// <param name="CancelRequested">Whether its node was asked.</param>
public sealed record CancelledRun(Guid RunId, string Status, bool CancelRequested);

/// <summary>Two runs beside each other.</summary>
/// <param name="RunId">The one.</param>
/// <param name="OtherRunId">The other.</param>
/// <param name="Differences">What is not the same.</param>
/// <param name="DefinitionDiff">What differs between the definitions that they ran: the lines of a unified diff.</param>
public sealed record RunComparison(Guid RunId, Guid OtherRunId, IReadOnlyList<RunDifference> Differences, IReadOnlyList<string> DefinitionDiff);

/// <summary>What is not the same in two runs.</summary>
/// <param name="What">What it is.</param>
/// <param name="Run">Of the one; null where it has none.</param>
/// <param name="Other">Of the other.</param>
public sealed record RunDifference(string What, string? Run, string? Other);

/// <summary>A run in the queue.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="Status"><c>queued</c>, or <c>running</c> at a node.</param>
/// <param name="Priority">The higher, the earlier.</param>
/// <param name="EnqueuedAt">Since when it is there.</param>
/// <param name="Node">The id of the node that has it.</param>
public sealed record QueuedRun(Guid RunId, string Pipeline, string Status, int Priority, DateTimeOffset EnqueuedAt, string? Node);
