using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>A run that is to be driven.</summary>
/// <param name="Run">Where it is; what it has decided and not stored is stored first.</param>
/// <param name="Pipeline">Its definition.</param>
/// <param name="Context">For its events.</param>
/// <param name="Control">How it is stopped.</param>
/// <param name="Claim">By which it is this node's; null where it is not in the queue.</param>
/// <param name="Replay">Dead letters to send again instead of what the tap has.</param>
public sealed record DrivenRun(Run Run, PipelineDefinition Pipeline, EventContext Context, RunControl Control, RunClaim? Claim = null, StepReplay? Replay = null)
{
    /// <summary>Under which it runs where it is not in the queue.</summary>
    public IRunLock? Lock { get; init; }

    /// <inheritdoc cref="StepRequest.AllowsUnconfined"/>
    public bool AllowsUnconfined { get; init; }

    /// <summary>Goes with every append that is for the owner of the run alone.</summary>
    public QueueChange? Hold => Claim is not null ? new QueueChange.Hold(Claim) : Lock?.Fence;
}

/// <summary>Takes a run from where it is to its end. Every transition is stored before what follows from it begins.</summary>
public sealed class RunEngine(IStepRunner steps, SystemCircuits circuits, SubPipelines subPipelines, IEventLog log, IRunLogs logs, TimeProvider time)
{
    /// <summary>Runs all steps and ends the run.</summary>
    /// <returns>The run as it is stored; not ended where it is left to others.</returns>
    public async Task<RunState> RunAsync(DrivenRun driven, IRunObserver observer)
    {
        var (run, control) = (driven.Run, driven.Control);
        var began = time.GetTimestamp();
        try
        {
            await new RunDriver(driven, observer, steps, circuits, subPipelines, () => CommitAsync(driven), time).DriveAsync(EndAsync);
        }
        catch (FlexCoreException e) when (e.IsOfLostHold)
        {
            control.Lose();
        }
        catch (Exception bug) when (bug is not FlexCoreException && !run.State.IsEnded)
        {
            run.Fail(DurationMs(), ErrorCodes.Bug.Id, $"{bug.GetType().Name}: {bug.Message}");
            await CommitAsync(driven);
            throw;
        }
        finally
        {
            // What this node had of it; another one may go on.
            await logs.SendAsync(CancellationToken.None);
        }

        return run.Recorded;

        async Task EndAsync()
        {
            if (control.Signal.Gently.IsCancellationRequested)
            {
                await FollowAsync(run, control);
                await subPipelines.CancelOpenAsync(run.State);
                run.Cancel(DurationMs(), run.State.CancelRequested ?? "stopped by a signal");
            }
            else
            {
                run.Finish(DurationMs());
            }
        }

        long DurationMs() => (long)time.GetElapsedTime(began).TotalMilliseconds;
    }

    // Not cancellable: what has happened is recorded, whoever wants to stop.
    private async Task CommitAsync(DrivenRun driven)
    {
        var run = driven.Run;
        while (run.Uncommitted.Count > 0)
        {
            var change = run.State.IsEnded && driven.Claim is { } claim ? new QueueChange.Finish(claim) : driven.Hold;
            try
            {
                await log.CommitAsync(run, change, driven.Context, CancellationToken.None);
            }
            catch (FlexCoreException e) when (e.Error.Code == ErrorCodes.VersionConflict)
            {
                await FollowAsync(run, driven.Control);
            }
        }
    }

    // Somebody has asked the run to stop, or it is not ours any more.
    private async Task FollowAsync(Run run, RunControl control)
    {
        var history = await log.ReadAsync(EventStreams.Run(run.State.RunId), CancellationToken.None);
        if (!run.TryFollow([.. history.Skip((int)run.Version).Select(fact => fact.Event)]))
            throw new FlexCoreException(new Error(ErrorCodes.LeaseLost, $"another process goes on with run {run.State.RunId}, or has ended it"));
        control.Cancel();
    }
}
