using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Runs;

/// <summary>
/// One execution of a pipeline. What its owner, the engine, says has happened or throws when what must precede it is missing: there an illegal transition is a defect and not a refusal.
/// What others wish is refused with an error.
/// </summary>
public sealed class Run
{
    private readonly List<IDomainEvent> _uncommitted = [];

    private Run(RunState state, long version)
    {
        State = Recorded = state;
        Version = version;
    }

    /// <summary>Where the run is, the uncommitted events included.</summary>
    public RunState State { get; private set; }

    /// <summary>Where the run is by what is stored of it.</summary>
    public RunState Recorded { get; private set; }

    /// <summary>How many events of it are stored.</summary>
    public long Version { get; private set; }

    /// <summary>What has been decided and is not stored yet.</summary>
    public IReadOnlyList<IDomainEvent> Uncommitted => _uncommitted;

    /// <summary>Wants a run, of which a node will take care.</summary>
    public static Run Queue(PipelineQueued queued)
    {
        var run = new Run(RunState.Empty, version: 0);
        run.Decide(queued, RunStatus.New);
        return run;
    }

    /// <summary>Begins a run.</summary>
    public static Run Start(PipelineStarted started)
    {
        var run = new Run(RunState.Empty, version: 0);
        run.Decide(started, RunStatus.New);
        return run;
    }

    /// <summary>Begins this run, which has waited.</summary>
    public void Begin(PipelineStarted started) => Decide(started, RunStatus.Queued);

    /// <summary>Goes on with it elsewhere.</summary>
    /// <param name="node">The node that does.</param>
    /// <param name="epoch">Counts the owners of the run.</param>
    public void Resume(string node, long epoch) => Decide(new RunResumed(node, epoch), RunStatus.Running);

    /// <summary>Asks for its end. One that waits ends at once; its owner ends one that it has.</summary>
    /// <param name="reason">For those who wonder later.</param>
    /// <param name="isOwned">Whether somebody has it, though it may not have begun.</param>
    /// <returns>Why not; null when it will end, or has been asked to before.</returns>
    public Error? AskToStop(string reason, bool isOwned)
    {
        if (State.IsEnded) return new Error(ErrorCodes.RunEnded, $"run {State.RunId} has ended already: {State.Status.ToString().ToLowerInvariant()}");
        if (!isOwned) Decide(new PipelineCancelled(0, reason), RunStatus.Queued);
        else if (State.CancelRequested is null) Decide(new PipelineCancelRequested(reason), State.Status);
        return null;
    }

    /// <summary>Takes in what others have stored meanwhile, under what is not stored yet.</summary>
    /// <param name="meanwhile">Their events, in order.</param>
    /// <returns>False when the run is not its owner's any more: another one goes on with it, or has ended it.</returns>
    public bool TryFollow(IReadOnlyList<IDomainEvent> meanwhile)
    {
        if (!meanwhile.All(@event => @event is PipelineCancelRequested or UnknownEvent)) return false;
        State = meanwhile.Aggregate(State, (state, @event) => state.Apply(@event));
        Recorded = meanwhile.Aggregate(Recorded, (state, @event) => state.Apply(@event));
        Version += meanwhile.Count;
        return true;
    }

    /// <summary>Rebuilds a run from its stored events.</summary>
    public static Run From(IReadOnlyList<IDomainEvent> history) =>
        new(history.Aggregate(RunState.Empty, (state, @event) => state.Apply(@event)), history.Count);

    /// <summary>Begins the next attempt of a step.</summary>
    /// <returns>The attempt, counted from 1.</returns>
    public int StartStep(string step)
    {
        RequireStep(step, StepStatus.Pending, StepStatus.Retrying);
        var attempt = State.Step(step).Attempts + 1;
        Decide(new StepStarted(step, attempt), RunStatus.Running);
        return attempt;
    }

    /// <summary>Has a step run another pipeline.</summary>
    /// <param name="step">The step, which has begun.</param>
    /// <param name="subRun">The run of the other pipeline.</param>
    /// <param name="pipeline">The other pipeline.</param>
    public void StartSubRun(string step, Guid subRun, string pipeline)
    {
        RequireStep(step, StepStatus.Running);
        Decide(new SubRunStarted(step, subRun, pipeline), RunStatus.Running);
    }

    /// <summary>Ends a step well.</summary>
    public void SucceedStep(string step, StepTally tally, JsonElement? output, IReadOnlyList<Artifact> artifacts)
    {
        RequireStep(step, StepStatus.Running);
        if (artifacts.Count > 0) Decide(new ArtifactsKept(step, State.Step(step).Attempts, artifacts), RunStatus.Running);
        Decide(new StepSucceeded(step, State.Step(step).Attempts, tally, output), RunStatus.Running);
    }

    /// <summary>Ends a step badly.</summary>
    public void FailStep(string step, StepTally tally, string? plugin, PluginOutcome outcome, string code, string message)
    {
        RequireStep(step, StepStatus.Running);
        Decide(new StepFailed(step, State.Step(step).Attempts, tally, plugin, outcome, code, message), RunStatus.Running);
    }

    /// <summary>Has a step that failed tried again, after a while.</summary>
    public void ScheduleRetry(string step, TimeSpan delay)
    {
        RequireStep(step, StepStatus.Failed);
        Decide(new StepRetryScheduled(step, State.Step(step).Attempts + 1, (long)delay.TotalMilliseconds), RunStatus.Running);
    }

    /// <summary>Leaves a step as it has succeeded in the run that this one runs again.</summary>
    public void KeepStep(string step, Guid run, StepTally tally, JsonElement? output)
    {
        RequireStep(step, StepStatus.Pending);
        Decide(new StepKept(step, run, tally, output), RunStatus.Running);
    }

    /// <summary>Leaves a step out because <paramref name="because"/> did not succeed, or, without that, because nothing has failed.</summary>
    public void SkipStep(string step, string? because)
    {
        RequireStep(step, StepStatus.Pending);
        Decide(new StepSkipped(step, because, NothingFailed: because is null), RunStatus.Running);
    }

    /// <summary>Leaves a step out because its condition is not true.</summary>
    /// <param name="step">The step.</param>
    /// <param name="why">The condition and the values that decided.</param>
    public void DeclineStep(string step, string why)
    {
        RequireStep(step, StepStatus.Pending);
        Decide(new StepSkipped(step, Because: null, NotTrue: why), RunStatus.Running);
    }

    /// <summary>Leaves a step out because a dry run does nothing that stays.</summary>
    public void PassOverStep(string step)
    {
        RequireStep(step, StepStatus.Pending);
        Decide(new StepSkipped(step, Because: null), RunStatus.Running);
    }

    /// <summary>Ends the run by what its steps say.</summary>
    public void Finish(long durationMs)
    {
        if (State.Steps.Find(step => !step.IsEnded) is { } open)
            throw new InvalidOperationException($"run {State.RunId} cannot finish: step {open.Id} is {open.Status}");
        var failed = State.Steps.Find(step => step.Status is StepStatus.Failed or StepStatus.Cancelled);
        Decide(
            failed is null ? new PipelineCompleted(durationMs) : new PipelineFailed(durationMs, failed.Code!, $"step {failed.Id}: {failed.Message}"),
            RunStatus.Running);
    }

    /// <summary>Ends the run because it cannot begin or go on, whatever its steps say.</summary>
    public void Fail(long durationMs, string code, string message) =>
        Decide(new PipelineFailed(durationMs, code, message), State.Status == RunStatus.Queued ? RunStatus.Queued : RunStatus.Running);

    /// <summary>Ends the run on somebody's wish.</summary>
    public void Cancel(long durationMs, string reason) => Decide(new PipelineCancelled(durationMs, reason), RunStatus.Running);

    /// <summary>Ends a run whose owner is gone.</summary>
    public void Interrupt(string noticedBy) => Decide(new PipelineInterrupted(noticedBy), RunStatus.Running);

    /// <summary>Takes note that the uncommitted events are stored.</summary>
    public void MarkCommitted()
    {
        Version += _uncommitted.Count;
        Recorded = State;
        _uncommitted.Clear();
    }

    private void RequireStep(string step, params ReadOnlySpan<StepStatus> allowed)
    {
        var status = State.Step(step).Status;
        if (!allowed.Contains(status)) throw new InvalidOperationException($"step {step} is {status}");
    }

    private void Decide(IDomainEvent @event, RunStatus required)
    {
        if (State.Status != required) throw new InvalidOperationException($"run {State.RunId} is {State.Status}, and cannot take {@event.GetType().Name}");
        State = State.Apply(@event);
        _uncommitted.Add(@event);
    }
}
