using System.Collections.Immutable;
using System.Text.Json;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Runs;

/// <summary>Where a run is.</summary>
public enum RunStatus
{
    /// <summary>No event yet.</summary>
    New,

    /// <summary>Begun and not ended.</summary>
    Running,

    /// <summary>All steps have succeeded.</summary>
    Succeeded,

    /// <summary>A step has failed.</summary>
    Failed,

    /// <summary>Somebody stopped it.</summary>
    Cancelled,

    /// <summary>Its owner died.</summary>
    Interrupted,

    /// <summary>Wanted, and not begun.</summary>
    Queued,
}

/// <summary>Where a step is.</summary>
public enum StepStatus
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>Begun and not ended.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Succeeded,

    /// <summary>Ended badly.</summary>
    Failed,

    /// <summary>Stopped before its end.</summary>
    Cancelled,

    /// <summary>Cut off when the owner of the run died.</summary>
    Interrupted,

    /// <summary>Never begun, because of how what it needs has ended.</summary>
    Skipped,

    /// <summary>Failed, and will be tried again.</summary>
    Retrying,
}

/// <summary>One step of a run.</summary>
/// <param name="Id">The step.</param>
/// <param name="Status">Where it is.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Tally">What its last attempt moved.</param>
/// <param name="Outcome">How the plugin that failed it ended.</param>
/// <param name="Code">Why it failed.</param>
/// <param name="Message">Why it failed, for people.</param>
public sealed record StepState(
    string Id, StepStatus Status, int Attempts, StepTally Tally, PluginOutcome? Outcome, string? Code, string? Message)
{
    /// <summary>Whether a dry run left it out, which stops nothing that needs it.</summary>
    public bool IsPassedOver { get; init; }

    /// <summary>The step that it needed and that did not succeed, if that is why it was left out.</summary>
    public string? SkippedFor { get; init; }

    /// <summary>What a task has left: a JSON object.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>The files that it has left, by name.</summary>
    public IReadOnlyList<Artifact> Artifacts { get; init; } = [];

    /// <summary>The run of another pipeline that it has made last; null where it makes none.</summary>
    public Guid? SubRun { get; init; }

    /// <summary>Whether it has succeeded in the run that this one runs again, and is not run.</summary>
    public bool IsKept { get; init; }

    /// <summary>How many of its attempts were left open by nodes that are gone.</summary>
    public int LeftOpen { get; init; }

    /// <summary>Whether nothing more happens to it in this run.</summary>
    public bool IsEnded => Status is not (StepStatus.Pending or StepStatus.Running or StepStatus.Retrying);
}

/// <summary>A run, folded from its events alone.</summary>
public sealed record RunState
{
    /// <summary>A run without events.</summary>
    public static RunState Empty { get; } = new();

    /// <summary>The run.</summary>
    public Guid RunId { get; init; }

    /// <summary>The pipeline.</summary>
    public string Pipeline { get; init; } = "";

    /// <summary>Which definition of it.</summary>
    public int PipelineVersion { get; init; }

    /// <summary>Where it is.</summary>
    public RunStatus Status { get; init; }

    /// <summary>The interrupted run that it goes on from.</summary>
    public Guid? Resumes { get; init; }

    /// <summary>Whether committed state is left aside.</summary>
    public bool FullRefresh { get; init; }

    /// <summary>Whether targets are left out and no state moves.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>How many dead letters it sends again.</summary>
    public int? Replays { get; init; }

    /// <summary>The dead letters that it sends again; null where it runs its pipeline, and where it was never in the queue.</summary>
    public StepReplay? Replay { get; init; }

    /// <summary>Why it was started.</summary>
    public RunTrigger Trigger { get; init; } = RunTrigger.Manual;

    /// <summary>Variables that override those of the definition.</summary>
    public IReadOnlyDictionary<string, string> Set { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The run that it runs again.</summary>
    public Guid? RetryOf { get; init; }

    /// <summary>Whether steps that have succeeded there are kept.</summary>
    public bool KeepsSucceeded { get; init; }

    /// <summary>The plugins that it uses; empty before it has begun, and where they were not recorded.</summary>
    public IReadOnlyList<PluginPin> Plugins { get; init; } = [];

    /// <summary>The node that runs it, or did last; null where it is the process of a command line.</summary>
    public string? Node { get; init; }

    /// <summary>What somebody said who wants it to stop; null while nobody does.</summary>
    public string? CancelRequested { get; init; }

    /// <summary>The environment whose settings hold; null for none.</summary>
    public string? Environment { get; init; }

    /// <summary>Who is told of it.</summary>
    public IReadOnlyList<NotifyRule> Notify { get; init; } = [];

    /// <summary>How its plugins are kept apart from the machine.</summary>
    public Isolation Isolation { get; init; } = Isolation.Full;

    /// <summary>In the order they run.</summary>
    public ImmutableList<StepState> Steps { get; init; } = [];

    /// <summary>Wall time in milliseconds, once ended by its owner.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Why it ended other than well.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether nothing can happen to it any more.</summary>
    public bool IsEnded => Status is not (RunStatus.New or RunStatus.Queued or RunStatus.Running);

    /// <summary>Records that became dead letters, in the last attempt of each step.</summary>
    public long CountDead() => Steps.Sum(step => step.Tally.CountDead());

    /// <summary>The step of that id.</summary>
    public StepState Step(string id) => Steps.Single(step => step.Id == id);

    /// <summary>Folds one event.</summary>
    public RunState Apply(IDomainEvent @event) => @event switch
    {
        PipelineQueued e => this with
        {
            RunId = e.RunId,
            Pipeline = e.Pipeline,
            PipelineVersion = e.PipelineVersion,
            Status = RunStatus.Queued,
            Trigger = e.Trigger,
            Set = e.Set,
            FullRefresh = e.FullRefresh,
            RetryOf = e.RetryOf,
            KeepsSucceeded = e.KeepsSucceeded,
            Replay = e.Replay,
            Replays = e.Replay?.Letters.Count,
        },
        PipelineStarted e => this with
        {
            RunId = e.RunId,
            Pipeline = e.Pipeline,
            PipelineVersion = e.PipelineVersion,
            Status = RunStatus.Running,
            Resumes = e.Resumes,
            FullRefresh = e.FullRefresh,
            IsDryRun = e.IsDryRun,
            Replays = e.Replays,
            Isolation = e.Isolation ?? Isolation.Full,
            Plugins = e.Plugins ?? [],
            Set = e.Set ?? Set,
            Trigger = e.Trigger ?? Trigger,
            Node = e.Node,
            Environment = e.Environment,
            Notify = e.Notify ?? [],
            Steps = [.. e.Steps.Select(id => new StepState(id, StepStatus.Pending, 0, StepTally.Nothing, null, null, null))],
        },
        RunResumed e => this with
        {
            Node = e.Node,
            Steps = [.. Steps.Select(step => step.Status == StepStatus.Running ? step with { Status = StepStatus.Pending, LeftOpen = step.LeftOpen + 1 } : step)],
        },
        PipelineCancelRequested e => this with { CancelRequested = e.Reason },
        StepKept e => With(e.Step, step => step with { Status = StepStatus.Succeeded, Tally = e.Tally, Output = e.Output, IsKept = true }),
        StepStarted e => With(e.Step, step => step with { Status = StepStatus.Running, Attempts = e.Attempt, Outcome = null, Code = null, Message = null }),
        SubRunStarted e => With(e.Step, step => step with { SubRun = e.Run }),
        ArtifactsKept e => With(e.Step, step => step with { Artifacts = e.Artifacts }),
        StepSucceeded e => With(e.Step, step => step with { Status = StepStatus.Succeeded, Tally = e.Tally, Output = e.Output }),
        StepFailed e => With(e.Step, step => step with
        {
            Status = e.Outcome == PluginOutcome.Cancelled ? StepStatus.Cancelled : StepStatus.Failed,
            Tally = e.Tally,
            Outcome = e.Outcome,
            Code = e.Code,
            Message = e.Message,
        }),
        StepRetryScheduled e => With(e.Step, step => step with { Status = StepStatus.Retrying }),
        StepSkipped e => With(e.Step, step => step with
        {
            Status = StepStatus.Skipped,
            IsPassedOver = e is { Because: null, NothingFailed: false, NotTrue: null },
            SkippedFor = e.Because,
            Message = e.NotTrue ?? (e.Because is { } needed ? $"needs {needed}" : e.NothingFailed ? "nothing that it needs has failed" : "tasks do not run in a dry run"),
        }),
        PipelineCompleted e => this with { Status = RunStatus.Succeeded, DurationMs = e.DurationMs },
        PipelineFailed e => this with { Status = RunStatus.Failed, DurationMs = e.DurationMs, Reason = e.Message },
        PipelineCancelled e => this with { Status = RunStatus.Cancelled, DurationMs = e.DurationMs, Reason = e.Reason },
        PipelineInterrupted e => this with
        {
            Status = RunStatus.Interrupted,
            Steps = [.. Steps.Select(step => step.Status == StepStatus.Running ? step with { Status = StepStatus.Interrupted } : step)],
            Reason = $"its process is gone, noticed by `{e.NoticedBy}`",
        },
        UnknownEvent => this,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is not an event of a run"),
    };

    private RunState With(string step, Func<StepState, StepState> change)
    {
        var index = Steps.FindIndex(candidate => candidate.Id == step);
        return this with { Steps = Steps.SetItem(index, change(Steps[index])) };
    }
}
