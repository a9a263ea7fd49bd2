using System.Diagnostics;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>
/// Keeps those who work on a pipeline outside of the queue apart from each other and from nodes, and ends the runs of those that were killed: whoever gets the lock does it.
/// </summary>
/// <remarks>
/// Who comes from outside takes the lock and then looks for a node; a node has its claim and then looks at the lock. Each is seen before it looks, so of two at once one
/// steps back, or both.
/// </remarks>
public sealed class PipelineLocks(IRunLocks locks, IRunQueue queue, IEventLog log)
{
    /// <summary>Takes a pipeline for this process. What a killed one has left is ended first.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="isApartFromNodes">Whether no node may have a run of it meanwhile.</param>
    /// <param name="noticedBy">The command, for the record.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The lock; or who has the pipeline.</returns>
    public async Task<Result<HeldPipeline>> TakeAsync(string pipeline, bool isApartFromNodes, string noticedBy, CancellationToken cancellationToken)
    {
        var held = await MeasureAsync(locks.TryAcquireAsync(pipeline, cancellationToken));
        if (held is null) return AlreadyRunning(pipeline, (await locks.LookAsync(pipeline, cancellationToken)).LastRun);
        try
        {
            if (!isApartFromNodes || await queue.FindUnderWayAsync(pipeline, cancellationToken) is not { } other)
                return new HeldPipeline(held, await SettleAsync(held, noticedBy, cancellationToken));
            await held.DisposeAsync();
            return AlreadyRunning(pipeline, other);
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    /// <summary>For a node that has claimed a run of a pipeline: whether nobody outside of the queue works on it.</summary>
    public async Task<bool> IsFreeAsync(string pipeline, string noticedBy, CancellationToken cancellationToken)
    {
        var status = await MeasureAsync(locks.LookAsync(pipeline, cancellationToken));
        if (status.IsHeld) return false;
        if (status.LastRun is not { } last || await HasEndedAsync(last, cancellationToken)) return true;
        await using var held = await locks.TryAcquireAsync(pipeline, cancellationToken);
        if (held is null) return false;
        await SettleAsync(held, noticedBy, cancellationToken);
        return true;
    }

    /// <summary>The run as it is, after ending it if its process is gone.</summary>
    public async Task<RunState> SettleAsync(RunState run, string noticedBy, CancellationToken cancellationToken)
    {
        if (run.IsEnded || await locks.LookAsync(run.Pipeline, cancellationToken) != new RunLockStatus(IsHeld: false, run.RunId)) return run;
        await using var held = await locks.TryAcquireAsync(run.Pipeline, cancellationToken);
        if (held?.LastRun != run.RunId) return run;

        // Nothing to settle means that it has ended by itself since it was read.
        return await SettleAsync(held, noticedBy, cancellationToken) ?? (await log.ReadRunAsync(run.RunId, cancellationToken))!.State;
    }

    /// <summary>Ends the run that was claimed under the lock before, if it never ended.</summary>
    /// <returns>The run that was ended.</returns>
    private async Task<RunState?> SettleAsync(IRunLock held, string noticedBy, CancellationToken cancellationToken)
    {
        // The lock is claimed before the first event is appended: a run killed in between has left nothing.
        if (held.LastRun is not { } runId || await log.ReadRunAsync(runId, cancellationToken) is not { State.IsEnded: false } run) return null;
        run.Interrupt(noticedBy);
        await log.CommitAsync(run, held.Fence, EventContext.New(runId) with { Isolation = run.State.Isolation }, cancellationToken);
        return run.State;
    }

    private static async ValueTask<T> MeasureAsync<T>(ValueTask<T> asked)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await asked;
        RunMetrics.WaitedForLock(Stopwatch.GetElapsedTime(began));
        return answer;
    }

    private async Task<bool> HasEndedAsync(Guid runId, CancellationToken cancellationToken) => await log.ReadRunAsync(runId, cancellationToken) is not { State.IsEnded: false };

    private static Error AlreadyRunning(string pipeline, Guid? other) => new(
        ErrorCodes.PipelineAlreadyRunning,
        other is null ? $"pipeline {pipeline} is being started by another process" : $"pipeline {pipeline} is running already as run {other}");
}

/// <summary>A pipeline that is this process's.</summary>
/// <param name="Lock">Until this is disposed or lost.</param>
/// <param name="Interrupted">The run of a killed process that was ended.</param>
public sealed record HeldPipeline(IRunLock Lock, RunState? Interrupted);
