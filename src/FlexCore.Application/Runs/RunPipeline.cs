using FlexCore.Application.Monitoring;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Run a pipeline now, in this process, to its end.</summary>
/// <param name="Pipeline">Which, and what the command line says about it.</param>
/// <param name="FullRefresh">Whether committed state is left aside.</param>
/// <param name="IsDryRun">Whether targets and tasks are left out: taps and mappers run, and no state moves.</param>
/// <param name="Replay">Dead letters of one step to send again, instead of running the pipeline.</param>
/// <param name="AllowsUnconfined">Whether plugins may run at any level of isolation where they cannot have the one that is demanded.</param>
public sealed record RunPipelineCommand(PipelineRequest Pipeline, bool FullRefresh = false, bool IsDryRun = false, StepReplay? Replay = null, bool AllowsUnconfined = false);

/// <summary>Dead letters to send again through their step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Request">The letters.</param>
public sealed record StepReplay(string Step, ReplayRequest Request);

/// <summary>Runs a pipeline: checks everything first, then hands the run to the engine.</summary>
public sealed class RunPipeline(
    IPipelineReader pipelines, RegisteredPlugins registered, HostIsolation isolation, IRunLocks locks, InterruptedRuns interruptedRuns, IEventLog log, RunEngine engine)
{
    /// <summary>Runs it. An error means that nothing was started; how a run that was started ended is in its state.</summary>
    public async Task<Result<RunState>> HandleAsync(RunPipelineCommand command, IRunObserver observer, StopSignal stop)
    {
        // 1. Everything that can be wrong with the input, at once.
        var read = await pipelines.ReadAsync(command.Pipeline, stop.Gently);
        if (!read.IsSuccess)
        {
            await RecordRefusalsAsync(read.Errors, stop.Gently);
            return read.Errors.ToArray();
        }

        var pipeline = read.Value;
        if (command.Replay is { } replay)
        {
            if (pipeline.Steps.OfType<SyncStep>().FirstOrDefault(step => step.Id == replay.Step) is not { } sync)
                return new Error(ErrorCodes.UnknownStep, $"pipeline {pipeline.Name} has no sync '{replay.Step}' any more");
            if (!sync.HasFlowFrom(replay.Request.Stage))
                return new Error(
                    ErrorCodes.NotFound,
                    $"step {sync.Id} of pipeline {pipeline.Name} has no mapper any more whose output goes on at stage {replay.Request.Stage} of 'through', where these dead letters were put aside",
                    SpecificRemedy: "Bring the mapper back to its place, or discard them with `flexcore deadletters discard`.");
            pipeline = pipeline with { Steps = [sync with { Needs = [] }] };
        }

        // 2. A plugin is what was registered, and confined as promised, or nothing starts.
        if (await registered.FindChangedAsync(pipeline, stop.Gently) is { Count: > 0 } changed) return changed.ToArray();
        var confined = await isolation.RequireAsync(pipeline, command.AllowsUnconfined, stop.Gently);
        if (!confined.IsSuccess) return confined.Errors.ToArray();
        if (confined.Value is { IsDegraded: true } degraded) observer.Warning($"isolation is degraded: plugins run at level {degraded.Name}, without {string.Join(", ", degraded.Missing)}");

        // 3. The same pipeline once at a time; what a killed process left is ended first.
        using var held = locks.TryAcquire(pipeline.Name);
        if (held is null) return AlreadyRunning(pipeline.Name);
        var interrupted = await interruptedRuns.SettleAsync(held, "run", stop.Gently);
        if (interrupted is not null) observer.Warning($"run {interrupted.RunId} was interrupted; this run goes on from the committed state");

        // 4. On record: the definition and the grants, each when it is new.
        var runId = Guid.CreateVersion7();
        var context = EventContext.New(runId) with { Isolation = confined.Value };
        var version = await RecordDefinitionAsync(pipeline, context, observer, stop.Gently);
        await RecordGrantsAsync(pipeline, context, stop.Gently);

        // 5. The run itself. The claim comes before the first event: see InterruptedRuns.
        held.Claim(runId);
        var order = StepGraph.Sort([.. pipeline.Steps.Select(step => KeyValuePair.Create(step.Id, step.Needs))]).Order;
        var run = Run.Start(new PipelineStarted(
            runId, pipeline.Name, version, pipeline.Hash, order, command.FullRefresh, interrupted?.RunId, command.IsDryRun, command.Replay?.Request.Letters.Count,
            confined.Value.IsDegraded ? confined.Value : null));
        return await engine.RunAsync(run, pipeline, command.Replay?.Request, context with { CausationId = interrupted?.RunId }, observer, stop);
    }

    private Error AlreadyRunning(string pipeline)
    {
        var other = locks.LastRun(pipeline);
        return new Error(
            ErrorCodes.PipelineAlreadyRunning,
            other is null ? $"pipeline {pipeline} is being started by another process" : $"pipeline {pipeline} is running already as run {other}");
    }

    private async Task<int> RecordDefinitionAsync(
        PipelineDefinition definition, EventContext context, IRunObserver observer, CancellationToken cancellationToken)
    {
        var stream = EventStreams.Pipeline(definition.Name);
        var history = await log.ReadAsync(stream, cancellationToken);
        var known = history.Aggregate(Pipeline.Unknown, (pipeline, fact) => pipeline.Apply(fact.Event));
        if (known.File is not null && known.File != definition.File)
            observer.Warning($"the pipeline {definition.Name} was last run from {known.File}; both files share its state");
        if (known.Record(definition) is not { } revision) return known.Version;

        await log.AppendAsync(stream, history.Count, [revision], context, cancellationToken);
        return known.Apply(revision).Version;
    }

    private async Task RecordGrantsAsync(PipelineDefinition pipeline, EventContext context, CancellationToken cancellationToken)
    {
        var uses = pipeline.Steps.SelectMany(step => step.Plugins.Select(use => (Step: step.Id, Use: use)));
        foreach (var plugin in uses.GroupBy(item => item.Use.Manifest.Name))
        {
            var stream = EventStreams.Plugin(plugin.Key);
            var known = await log.ReadPluginAsync(plugin.Key, cancellationToken);
            var changed = plugin.Select(item => known.Use(pipeline.Name, item.Step, item.Use.Grant, item.Use.GrantSource)).OfType<IDomainEvent>().ToList();
            if (changed.Count > 0) await log.AppendAsync(stream, expectedVersion: null, changed, context, cancellationToken);
        }
    }

    private async Task RecordRefusalsAsync(IReadOnlyList<Error> errors, CancellationToken cancellationToken)
    {
        foreach (var missing in errors.OfType<MissingGrant>())
            await log.AppendAsync(EventStreams.Plugin(missing.Refusal.Plugin), expectedVersion: null, [missing.Refusal], EventContext.New(Guid.CreateVersion7()), cancellationToken);
    }
}
