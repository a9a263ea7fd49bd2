using System.Text.Json;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Ports;

/// <summary>Does the work of one step: starts its plugins and moves its data.</summary>
public interface IStepRunner
{
    /// <summary>Runs one attempt to its end. What a plugin does wrong is in the result; only a broken world throws.</summary>
    Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop);

    /// <summary>
    /// Sets up what the first attempt of a step will need, while the steps that it waits for still run. Nothing of the step begins. It fails silently: what is wrong is told when
    /// the attempt is made.
    /// </summary>
    /// <returns>Null where nothing can be done ahead.</returns>
    Task<IPreparedStep?> PrepareAsync(StepRequest request);
}

/// <summary>A step for which all is set up. Disposed of in any case; what was not used is gone then.</summary>
public interface IPreparedStep : IAsyncDisposable
{
    /// <summary>Makes the attempt, once; with what was set up, if that is still what the attempt needs.</summary>
    /// <inheritdoc cref="IStepRunner.RunAsync"/>
    Task<StepResult> RunAsync(StepRequest request, IRunObserver observer, StopSignal stop);
}

/// <summary>One attempt of one step.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Step">The step.</param>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="FullRefresh">Whether committed state is left aside.</param>
/// <param name="Earlier">The steps that have ended before.</param>
/// <param name="Context">For the events that the attempt writes.</param>
public sealed record StepRequest(
    Guid RunId, PipelineDefinition Pipeline, Step Step, int Attempt, bool FullRefresh, IReadOnlyList<EarlierStep> Earlier, EventContext Context)
{
    /// <summary>How its plugins are kept apart from the machine.</summary>
    public Isolation Isolation => Context.Isolation;

    /// <summary>Whether targets are left out and no state moves.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Counts the attempts as if no node had been lost: the same for one that goes on with what such a node has left open. From 1.</summary>
    public int Try { get; init; } = 1;

    /// <summary>Whether the attempt is given up only because others go on with the run, so that what it has under way elsewhere is to go on.</summary>
    public Func<bool> IsLeft { get; init; } = () => false;

    /// <summary>Whether the operator accepts any isolation for this one run.</summary>
    public bool AllowsUnconfined { get; init; }

    /// <summary>Goes with every append that is for the owner of the run alone.</summary>
    public QueueChange? Hold { get; init; }

    /// <summary>The dead letters to send again instead of what the tap has; no state moves.</summary>
    public StepReplay? Replay { get; init; }
}

/// <summary>A step that has ended, as a later task sees it.</summary>
/// <param name="Id">The step.</param>
/// <param name="Status">succeeded, failed or skipped.</param>
/// <param name="Records">Records by record stream.</param>
/// <param name="Output">What it left, if it is a task: a JSON object.</param>
public sealed record EarlierStep(string Id, StepStatus Status, IReadOnlyDictionary<string, long> Records, JsonElement? Output)
{
    /// <summary>Those of a run.</summary>
    public static IReadOnlyList<EarlierStep> Of(RunState run) => [.. run.Steps.Where(step => step.IsEnded).Select(step => new EarlierStep(step.Id, step.Status, step.Tally.Records, step.Output))];
}

/// <summary>How an attempt ended.</summary>
/// <param name="Tally">What it moved.</param>
/// <param name="Failure">Why it did not succeed; null when it did.</param>
/// <param name="Output">What a task left: a JSON object.</param>
public sealed record StepResult(StepTally Tally, StepFailure? Failure, JsonElement? Output)
{
    /// <summary>The files that it has left, which are kept; by name.</summary>
    public IReadOnlyList<Artifact> Artifacts { get; init; } = [];
}

/// <summary>Why an attempt failed.</summary>
/// <param name="Plugin">The plugin that is the cause.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Code">From the error registry.</param>
/// <param name="Message">One line for people, naming the plugin.</param>
public sealed record StepFailure(string? Plugin, PluginOutcome Outcome, string Code, string Message)
{
    /// <summary>How long another attempt would be in vain; null where nobody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>A wish to stop. First gently: the tap gets SIGTERM and the target may finish what it has; then at once.</summary>
/// <param name="Gently">Cancelled by the first wish.</param>
/// <param name="AtOnce">Cancelled by the second.</param>
public sealed record StopSignal(CancellationToken Gently, CancellationToken AtOnce)
{
    /// <summary>Nobody will ask.</summary>
    public static StopSignal Never { get; } = new(CancellationToken.None, CancellationToken.None);
}
