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
        // The lock is claimed before the first event is appended: a run killed in between has left nothing.
        if (held.LastRun is not { } runId || await ReadAsync(runId, cancellationToken) is not { State.IsEnded: false } run) return null;
        run.Interrupt(noticedBy);
        await log.AppendAsync(EventStreams.Run(runId), run.Version, run.Uncommitted, EventContext.New(runId) with { Isolation = run.State.Isolation }, cancellationToken);
        return run.State;
    }

    /// <summary>The run as it is, after ending it if its process is gone.</summary>
    public async Task<RunState> SettleAsync(RunState run, string noticedBy, CancellationToken cancellationToken)
    {
        if (run.IsEnded) return run;
        using var held = locks.TryAcquire(run.Pipeline);
        if (held?.LastRun != run.RunId) return run;

        // Nothing to settle means that it has ended by itself since it was read.
        return await SettleAsync(held, noticedBy, cancellationToken) ?? (await ReadAsync(run.RunId, cancellationToken))!.State;
    }

    private async Task<Run?> ReadAsync(Guid runId, CancellationToken cancellationToken)
    {
        var history = await log.ReadAsync(EventStreams.Run(runId), cancellationToken);
        return history.Count == 0 ? null : Run.From([.. history.Select(fact => fact.Event)]);
    }
}
