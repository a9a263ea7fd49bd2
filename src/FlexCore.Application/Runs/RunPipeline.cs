using FlexCore.Application.Monitoring;
using FlexCore.Application.Notifications;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Run a pipeline now, in this process, to its end.</summary>
/// <param name="Pipeline">Which, and what the command line says about it.</param>
/// <param name="FullRefresh">Whether committed state is left aside.</param>
/// <param name="IsDryRun">Whether targets and tasks are left out: taps and mappers run, and no state moves.</param>
/// <param name="Replay">Dead letters of one step to send again, instead of running the pipeline.</param>
/// <param name="AllowsUnconfined">Whether plugins may run at any level of isolation where they cannot have the one that is demanded.</param>
public sealed record RunPipelineCommand(PipelineRequest Pipeline, bool FullRefresh = false, bool IsDryRun = false, StepReplay? Replay = null, bool AllowsUnconfined = false)
{
    /// <summary>The id of the run, where a step of another run has given it one; null for a new one.</summary>
    public Guid? RunId { get; init; }
}

/// <summary>Runs a pipeline: checks everything first, then hands the run to the engine.</summary>
public sealed class RunPipeline(
    RunPreparation preparation, PipelineLocks locks, IEventLog log, RunEngine engine, TellAboutRuns notifications, TimeProvider time)
{
    /// <summary>Runs it. An error means that nothing was started; how a run that was started ended is in its state.</summary>
    public async Task<Result<RunState>> HandleAsync(RunPipelineCommand command, IRunObserver observer, StopSignal stop)
    {
        var prepared = await preparation.CheckAsync(command.Pipeline, read => command.Replay?.Cut(read) ?? read, command.AllowsUnconfined, stop.Gently);
        if (!prepared.IsSuccess) return prepared.Errors.ToArray();
        var (pipeline, isolation) = prepared.Value;
        if (isolation.IsDegraded) observer.Warning($"isolation is degraded: plugins run at level {isolation.Name}, without {string.Join(", ", isolation.Missing)}");

        // The same pipeline once at a time; what a killed process left is ended first.
        var taken = await locks.TakeAsync(pipeline.Name, isApartFromNodes: pipeline.Rules.IsOneAtATime, "run", stop.Gently);
        if (!taken.IsSuccess) return taken.Errors.ToArray();
        await using var held = taken.Value.Lock;
        var interrupted = taken.Value.Interrupted;
        if (interrupted is not null) observer.Warning($"run {interrupted.RunId} was interrupted; this run goes on from the committed state");

        // On record: the definition and the grants, each when it is new.
        var runId = command.RunId ?? Guid.CreateVersion7();
        using var span = RunSpans.BeginRun(runId, pipeline.Name);
        var context = EventContext.New(runId) with { Isolation = isolation, CausationId = (command.Pipeline.Trigger?.Parent ?? interrupted?.RunId)?.ToString() };
        var version = await RecordDefinitionAsync(pipeline, context, observer, stop.Gently);
        if (!version.IsSuccess) return version.Errors.ToArray();
        await preparation.RecordGrantsAsync(pipeline, context, stop.Gently);

        // The run itself. The claim comes before the first event: see PipelineLocks.
        await held.ClaimAsync(runId, stop.Gently);
        var started = new PipelineStarted(
            runId, pipeline.Name, version.Value, pipeline.Hash, prepared.Value.Order, command.FullRefresh, interrupted?.RunId, command.IsDryRun, command.Replay?.Letters.Count,
            isolation.IsDegraded ? isolation : null, prepared.Value.Pins, command.Pipeline.Set.Count == 0 ? null : command.Pipeline.Set, Node: null, pipeline.Environment,
            command.IsDryRun || command.Replay is not null ? null : pipeline.NotifyOnRecord, command.Pipeline.Trigger);
        var done = await notifications.AroundAsync(started, RunAsync, observer, stop.AtOnce);
        RunSpans.End(span, done);
        return done;

        async Task<RunState> RunAsync()
        {
            using var control = new RunControl(stop);
            await using var watch = new CancelWatch(log, runId, control, time);
            await using var lost = held.Lost.UnsafeRegister(_ => control.Lose(), null);
            var ended = await engine.RunAsync(new DrivenRun(Run.Start(started), pipeline, context, control, Claim: null, command.Replay) { Lock = held, AllowsUnconfined = command.AllowsUnconfined }, observer);
            if (!ended.IsEnded) throw LockLost(pipeline.Name, runId);

            // Whoever is told of the run may be slow to answer; the next one need not wait for that.
            await held.DisposeAsync();
            return ended;
        }
    }

    private static FlexCoreException LockLost(string pipeline, Guid runId) => new(new Error(
        ErrorCodes.LockLost, $"run {runId} was given up: this process was asleep or cut off from the others for too long, and the lock of pipeline {pipeline} may be another one's"));

    private async Task<Result<int>> RecordDefinitionAsync(PipelineDefinition definition, EventContext context, IRunObserver observer, CancellationToken cancellationToken)
    {
        var (known, stored) = await log.ReadPipelineAsync(definition.Name, cancellationToken);
        if (known.Current is { } current && current.File != definition.File)
            observer.Warning($"the pipeline {definition.Name} was last run from {current.File}; both files share its state");
        if (known.RefuseToStart(byTrigger: false) is { } refused) return refused;
        var revision = known.Record(definition);
        if (!revision.IsSuccess) return revision.Errors.ToArray();
        if (revision.Value.Length > 0) await log.AppendAsync(EventStreams.Pipeline(definition.Name), stored, revision.Value, context, cancellationToken);
        return known.Fold(revision.Value).Current!.Number;
    }
}
