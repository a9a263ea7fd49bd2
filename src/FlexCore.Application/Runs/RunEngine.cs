using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Takes a run from its beginning to its end. Every transition is stored before what follows from it begins.</summary>
public sealed class RunEngine(IStepRunner steps, IEventLog log, TimeProvider time)
{
    /// <summary>Runs all steps and ends the run.</summary>
    public async Task<RunState> RunAsync(Run run, PipelineDefinition pipeline, ReplayRequest? replay, EventContext context, IRunObserver observer, StopSignal stop)
    {
        var began = time.GetTimestamp();
        await CommitAsync(run, context);
        observer.RunStarted(
            run.State,
            [.. pipeline.Steps.SelectMany(step => (run.State.IsDryRun ? step.DryPlugins : step.Plugins).Select(use => new EffectiveGrant(step.Id, use.Manifest.Name, use.Grant, use.Manifest.Limits.DescribeWider())))]);

        try
        {
            await new RunDriver(run, pipeline, replay, context, observer, stop, steps, () => CommitAsync(run, context), time).DriveAsync();
        }
        catch (Exception bug) when (bug is not FlexCoreException)
        {
            run.Fail(DurationMs(), ErrorCodes.Bug.Id, $"{bug.GetType().Name}: {bug.Message}");
            await CommitAsync(run, context);
            throw;
        }

        if (stop.Gently.IsCancellationRequested) run.Cancel(DurationMs(), "stopped by a signal");
        else run.Finish(DurationMs());
        await CommitAsync(run, context);
        return run.State;

        long DurationMs() => (long)time.GetElapsedTime(began).TotalMilliseconds;
    }

    // Not cancellable: what has happened is recorded, whoever wants to stop.
    private async Task CommitAsync(Run run, EventContext context)
    {
        if (run.Uncommitted.Count == 0) return;
        await log.AppendAsync(EventStreams.Run(run.State.RunId), run.Version, run.Uncommitted, context, CancellationToken.None);
        run.MarkCommitted();
    }
}
