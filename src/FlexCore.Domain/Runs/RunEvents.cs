using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Runs;

/// <summary>What starts a run.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TriggerKind>))]
public enum TriggerKind
{
    /// <summary>Somebody has asked for it.</summary>
    [JsonStringEnumMemberName("manual")]
    Manual,

    /// <summary>A time of the pipeline's schedule has come.</summary>
    [JsonStringEnumMemberName("schedule")]
    Schedule,

    /// <summary>A time of the schedule that lies in the past is made up for.</summary>
    [JsonStringEnumMemberName("backfill")]
    Backfill,

    /// <summary>A request over HTTP.</summary>
    [JsonStringEnumMemberName("webhook")]
    Webhook,

    /// <summary>Another pipeline has ended.</summary>
    [JsonStringEnumMemberName("pipeline")]
    Pipeline,

    /// <summary>A file has arrived.</summary>
    [JsonStringEnumMemberName("file")]
    File,

    /// <summary>An event of some type was appended.</summary>
    [JsonStringEnumMemberName("event")]
    Event,

    /// <summary>A step of another run runs the pipeline.</summary>
    [JsonStringEnumMemberName("step")]
    Step,

    /// <summary>An earlier run is run again.</summary>
    [JsonStringEnumMemberName("retry")]
    Retry,
}

/// <summary>Why a run was started.</summary>
/// <param name="Kind">What has started it.</param>
/// <param name="Source">Which one: a run, a step (<c>RUN/STEP</c>), a file, an event; null where the kind says it all.</param>
/// <param name="DueAt">The time of the schedule that it is for.</param>
public sealed record RunTrigger(TriggerKind Kind, string? Source = null, DateTimeOffset? DueAt = null)
{
    /// <summary>Somebody has asked for it.</summary>
    public static RunTrigger Manual { get; } = new(TriggerKind.Manual);

    /// <summary>The run whose step runs the pipeline; null where none does.</summary>
    [JsonIgnore]
    public Guid? Parent => Kind == TriggerKind.Step && Guid.TryParse(Source?.Split('/')[0], out var run) ? run : null;

    /// <summary>A step of another run.</summary>
    public static RunTrigger OfStep(RunState parent, string step) => new(TriggerKind.Step, $"{parent.RunId}/{step}", parent.Trigger.DueAt);
}

/// <summary>A plugin as a run uses it, from its beginning to its end.</summary>
/// <param name="Step">The step.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Version">As its manifest says.</param>
/// <param name="Digest">SHA-256 over its files.</param>
/// <param name="GrantHash"><see cref="Plugins.GrantHash"/> of what it may touch and use up.</param>
public sealed record PluginPin(string Step, string Plugin, string Version, string Digest, string GrantHash);

/// <summary>A run is wanted, and waits for a node.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="PipelineVersion">Which definition of it.</param>
/// <param name="DefinitionHash">SHA-256 of that definition.</param>
/// <param name="Trigger">Why.</param>
/// <param name="Set">Variables that override those of the definition.</param>
/// <param name="FullRefresh">Whether committed state is left aside.</param>
/// <param name="Priority">Higher ones go first.</param>
/// <param name="RetryOf">The run that it runs again.</param>
/// <param name="KeepsSucceeded">Whether the steps that have succeeded there are kept.</param>
/// <param name="Replay">Dead letters to send again, instead of running the pipeline; null where it is to be run.</param>
[EventType("PipelineQueued")]
public sealed record PipelineQueued(
    Guid RunId, string Pipeline, int PipelineVersion, string DefinitionHash, RunTrigger Trigger, IReadOnlyDictionary<string, string> Set, bool FullRefresh = false, int Priority = 0,
    Guid? RetryOf = null, bool KeepsSucceeded = false, StepReplay? Replay = null) : IDomainEvent;

/// <summary>A run has begun.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="PipelineVersion">Which definition of it.</param>
/// <param name="DefinitionHash">SHA-256 of that definition.</param>
/// <param name="Steps">The steps, in the order they run.</param>
/// <param name="FullRefresh">Whether committed state is left aside.</param>
/// <param name="Resumes">The interrupted run that this one goes on from.</param>
/// <param name="IsDryRun">Whether targets are left out and no state moves.</param>
/// <param name="Replays">How many dead letters it sends again, instead of what the tap has.</param>
/// <param name="Isolation">How plugins are kept apart, where that is less than level <c>sandbox</c>; else null.</param>
/// <param name="Plugins">The plugins that it uses; null in events from before they were recorded.</param>
/// <param name="Set">Variables that override those of the definition; null when there are none.</param>
/// <param name="Node">The node that runs it; null where it is the process of a command line.</param>
/// <param name="Environment">The environment whose settings hold; null for none.</param>
/// <param name="Notify">Who is told of it; null for nobody.</param>
/// <param name="Trigger">Why; null where somebody has asked for it, or where it was told when the run was wanted.</param>
[EventType("PipelineStarted")]
public sealed record PipelineStarted(
    Guid RunId, string Pipeline, int PipelineVersion, string DefinitionHash, IReadOnlyList<string> Steps, bool FullRefresh, Guid? Resumes, bool IsDryRun = false, int? Replays = null,
    Isolation? Isolation = null, IReadOnlyList<PluginPin>? Plugins = null, IReadOnlyDictionary<string, string>? Set = null, string? Node = null,
    string? Environment = null, IReadOnlyList<NotifyRule>? Notify = null, RunTrigger? Trigger = null)
    : IDomainEvent;

/// <summary>Another node goes on with a run whose node is gone: attempts that were under way are lost, and their steps begin again.</summary>
/// <param name="Node">The node that goes on.</param>
/// <param name="Epoch">Counts the nodes that have owned the run.</param>
[EventType("RunResumed")]
public sealed record RunResumed(string Node, long Epoch) : IDomainEvent;

/// <summary>A step is not run: it has succeeded in the run that this one runs again.</summary>
/// <param name="Step">The step.</param>
/// <param name="Run">That run.</param>
/// <param name="Tally">What it has moved there.</param>
/// <param name="Output">What it has left there.</param>
[EventType("StepKept")]
public sealed record StepKept(string Step, Guid Run, StepTally Tally, JsonElement? Output) : IDomainEvent;

/// <summary>A step has begun.</summary>
/// <param name="Step">The step.</param>
/// <param name="Attempt">Counted from 1.</param>
[EventType("StepStarted")]
public sealed record StepStarted(string Step, int Attempt) : IDomainEvent;

/// <summary>A step is to run another pipeline. On record before that run is: whoever goes on with this one finds it, and never makes a second one.</summary>
/// <param name="Step">The step.</param>
/// <param name="Run">The run of the other pipeline.</param>
/// <param name="Pipeline">The other pipeline.</param>
[EventType("SubRunStarted")]
public sealed record SubRunStarted(string Step, Guid Run, string Pipeline) : IDomainEvent;

/// <summary>One plugin process of a step, as the run remembers it.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="ExecutionId">Its own event stream.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="ExitCode">If it ended by itself.</param>
/// <param name="CpuMs">CPU time in milliseconds.</param>
/// <param name="PeakMemoryBytes">The most memory it held at once.</param>
/// <param name="Isolation">sandbox, process or none.</param>
/// <param name="GrantHash"><see cref="Plugins.GrantHash"/> of what it might touch and use up; null in events from before it was recorded.</param>
public sealed record PluginRecord(
    string Name, Guid ExecutionId, PluginOutcome Outcome, int? ExitCode, long CpuMs, long PeakMemoryBytes, string Isolation, string? GrantHash = null);

/// <summary>What a step moved.</summary>
/// <param name="Records">Records by record stream, as they went to the targets.</param>
/// <param name="Bytes">All bytes that passed.</param>
/// <param name="Plugins">The processes.</param>
public sealed record StepTally(IReadOnlyDictionary<string, long> Records, long Bytes, IReadOnlyList<PluginRecord> Plugins)
{
    /// <summary>Nothing moved, nothing started.</summary>
    public static StepTally Nothing { get; } = new(new Dictionary<string, long>(StringComparer.Ordinal), 0, []);

    /// <summary>What became of the records of a sync, by record stream.</summary>
    public IReadOnlyDictionary<string, StreamTally> Streams { get; init => field = value ?? NoStreams; } = NoStreams;

    // Steps that an earlier version recorded have none.
    private static IReadOnlyDictionary<string, StreamTally> NoStreams => System.Collections.Immutable.ImmutableDictionary<string, StreamTally>.Empty;

    /// <summary>Records that became dead letters.</summary>
    public long CountDead() => Streams.Values.Sum(stream => stream.Dead);

    /// <summary>Record streams of which a record is not accounted for.</summary>
    public IEnumerable<string> FindUnreconciled() =>
        Streams.Where(stream => stream.Value.In - stream.Value.LeftOut - stream.Value.Dead + stream.Value.Mapped != Records.GetValueOrDefault(stream.Key)).Select(stream => stream.Key);
}

/// <summary>What became of the records of one record stream: those that came in, less those left out and dead, plus what mapper plugins added, went to the targets.</summary>
/// <param name="In">Records that the tap wrote.</param>
/// <param name="LeftOut">Records that a map's <c>where</c> left out.</param>
/// <param name="Dead">Records that became dead letters.</param>
/// <param name="Mapped">Records that mapper plugins wrote, less those that they read.</param>
/// <param name="Bytes">Bytes of the records that went out, newlines included.</param>
public sealed record StreamTally(long In, long LeftOut, long Dead, long Mapped, long Bytes);

/// <summary>A file that a step has left for people and other systems.</summary>
/// <param name="Name">In the step: a path with <c>/</c>.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Sha256">Of its content, in lower-case hexadecimal digits.</param>
public sealed record Artifact(string Name, long Length, string Sha256);

/// <summary>The files that a step has left are kept. On record before the step has succeeded.</summary>
/// <param name="Step">The step.</param>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="Artifacts">The files, by name.</param>
[EventType("ArtifactsKept")]
public sealed record ArtifactsKept(string Step, int Attempt, IReadOnlyList<Artifact> Artifacts) : IDomainEvent;

/// <summary>A step ended well.</summary>
/// <param name="Step">The step.</param>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="Tally">What it moved.</param>
/// <param name="Output">What a task left for later steps: a JSON object.</param>
[EventType("StepSucceeded")]
public sealed record StepSucceeded(string Step, int Attempt, StepTally Tally, JsonElement? Output) : IDomainEvent;

/// <summary>A step ended badly.</summary>
/// <param name="Step">The step.</param>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="Tally">What it moved all the same.</param>
/// <param name="Plugin">The plugin that is the cause, if one is.</param>
/// <param name="Outcome">How that plugin ended.</param>
/// <param name="Code">From the error registry.</param>
/// <param name="Message">One line for people.</param>
[EventType("StepFailed")]
public sealed record StepFailed(
    string Step, int Attempt, StepTally Tally, string? Plugin, PluginOutcome Outcome, string Code, string Message) : IDomainEvent;

/// <summary>A step that failed will be tried again.</summary>
/// <param name="Step">The step.</param>
/// <param name="Attempt">The attempt that will come.</param>
/// <param name="DelayMs">How long it waits until then, in milliseconds.</param>
[EventType("StepRetryScheduled")]
public sealed record StepRetryScheduled(string Step, int Attempt, long DelayMs) : IDomainEvent;

/// <summary>A step did not run because of how those that it needs have ended, of its condition, or because the run is dry.</summary>
/// <param name="Step">The step.</param>
/// <param name="Because">The step that it needed and that did not succeed.</param>
/// <param name="NothingFailed">Whether it runs after a failure only, and there was none.</param>
/// <param name="NotTrue">The condition that was not true, with the values that decided; null where it is not why.</param>
[EventType("StepSkipped")]
public sealed record StepSkipped(string Step, string? Because, bool NothingFailed = false, string? NotTrue = null) : IDomainEvent;

/// <summary>All steps have succeeded.</summary>
/// <param name="DurationMs">Wall time in milliseconds.</param>
[EventType("PipelineCompleted")]
public sealed record PipelineCompleted(long DurationMs) : IDomainEvent;

/// <summary>At least one step has failed, or the run itself could not go on.</summary>
/// <param name="DurationMs">Wall time in milliseconds.</param>
/// <param name="Code">Of the first failure.</param>
/// <param name="Message">Of the first failure.</param>
[EventType("PipelineFailed")]
public sealed record PipelineFailed(long DurationMs, string Code, string Message) : IDomainEvent;

/// <summary>Somebody wants the run to stop. Its node stops it, or the next one that takes it up.</summary>
/// <param name="Reason">As given.</param>
[EventType("PipelineCancelRequested")]
public sealed record PipelineCancelRequested(string Reason) : IDomainEvent;

/// <summary>Somebody stopped the run.</summary>
/// <param name="DurationMs">Wall time in milliseconds.</param>
/// <param name="Reason">For example the signal.</param>
[EventType("PipelineCancelled")]
public sealed record PipelineCancelled(long DurationMs, string Reason) : IDomainEvent;

/// <summary>The process that owned the run is gone without having ended it.</summary>
/// <param name="NoticedBy">The command that found out.</param>
[EventType("PipelineInterrupted")]
public sealed record PipelineInterrupted(string NoticedBy) : IDomainEvent;
