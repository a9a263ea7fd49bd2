namespace FlexCore.Application.Ports;

/// <summary>
/// Locks of pipelines for whoever works on one outside of the queue: runs it in the foreground, or changes its state. Of all processes of a project, on whatever machine,
/// one at a time has the lock of a pipeline; those of one data directory find it free as soon as the process that had it has ended.
/// </summary>
/// <remarks>
/// A lock keeps others from trying, and may be lost: its process may be asleep or cut off for longer than its lease. What makes that harmless is the log: appends that
/// carry the lock's <see cref="IRunLock.Fence"/> are refused once somebody has taken the lock again. A node needs no lock, for it has a claim.
/// </remarks>
public interface IRunLocks
{
    /// <summary>Takes the lock of a pipeline, or returns null when somebody else has it.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">Of class 3: it cannot be found out.</exception>
    ValueTask<IRunLock?> TryAcquireAsync(string pipeline, CancellationToken cancellationToken);

    /// <summary>How the lock of a pipeline is at this moment.</summary>
    ValueTask<RunLockStatus> LookAsync(string pipeline, CancellationToken cancellationToken);
}

/// <summary>How a lock is.</summary>
/// <param name="IsHeld">Whether somebody has it.</param>
/// <param name="LastRun">The run that was claimed under it last.</param>
public sealed record RunLockStatus(bool IsHeld, Guid? LastRun);

/// <summary>The lock of one pipeline, held until disposed or lost.</summary>
public interface IRunLock : IAsyncDisposable
{
    /// <summary>The pipeline.</summary>
    string Pipeline { get; }

    /// <summary>Grows from each holder to the next.</summary>
    long Token { get; }

    /// <summary>The run that was claimed before; if it never ended, its process was killed.</summary>
    Guid? LastRun { get; }

    /// <summary>Goes with every append that is for whoever has the lock; null where it cannot be lost as long as its process lives.</summary>
    QueueChange? Fence { get; }

    /// <summary>Given when the lock may be somebody else's.</summary>
    CancellationToken Lost { get; }

    /// <summary>Writes down durably, and for all, the run that holds it now.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException"><c>LockLost</c>: somebody else has it.</exception>
    ValueTask ClaimAsync(Guid runId, CancellationToken cancellationToken);
}
