using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Ends runs whose process was killed. Whoever notices does it, under the pipeline's lock.</summary>
public sealed class InterruptedRuns(IEventLog log, IRunLocks locks)
{
    /// <summary>Ends the run that held the lock before, if it never ended.</summary>
    /// <returns>The run that was ended.</returns>
    public async Task<RunState?> SettleAsync(IRunLock held, string noticedBy, CancellationToken cancellationToken)
    {
        if (held.LastRun is not { } runId) return null;
        var history = await log.ReadAsync(EventStreams.Run(runId), cancellationToken);

        // The lock is claimed before the first event is appended: a run killed in between has left nothing.
        if (history.Count == 0) return null;

        var run = Run.From([.. history.Select(fact => fact.Event)]);
        if (run.State.IsEnded) return null;
        run.Interrupt(noticedBy);
        await log.AppendAsync(EventStreams.Run(runId), run.Version, run.Uncommitted, EventContext.New(runId), cancellationToken);
        return run.State;
    }

    /// <summary>The run as it is, after ending it if its process is gone.</summary>
    public async Task<RunState> SettleAsync(RunState run, string noticedBy, CancellationToken cancellationToken)
    {
        if (run.IsEnded) return run;
        using var held = locks.TryAcquire(run.Pipeline);
        if (held is null) return run;
        return held.LastRun == run.RunId && await SettleAsync(held, noticedBy, cancellationToken) is { } settled ? settled : run;
    }
}
