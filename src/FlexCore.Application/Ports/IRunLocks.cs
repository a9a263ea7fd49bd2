namespace FlexCore.Application.Ports;

/// <summary>Sees to it that one pipeline runs at most once at a time in a data directory. A lock dies with its process.</summary>
public interface IRunLocks
{
    /// <summary>Takes the lock of a pipeline, or returns null when another run holds it.</summary>
    IRunLock? TryAcquire(string pipeline);

    /// <summary>The run that took the lock last, held or not.</summary>
    Guid? LastRun(string pipeline);
}

/// <summary>The lock of one pipeline, held until disposed.</summary>
public interface IRunLock : IDisposable
{
    /// <summary>The run that held it before; if it never ended, its process was killed.</summary>
    Guid? LastRun { get; }

    /// <summary>Writes down durably who holds it now.</summary>
    void Claim(Guid runId);
}
