namespace FlexCore.Application.Ports;

/// <summary>
/// What is said of runs while they are under way: numbers and log lines between one event and the next, from whichever process has a run to whoever looks. It may be lost, and
/// nobody waits for it. What has happened is in the log.
/// </summary>
public interface IRunProgress
{
    /// <summary>Says how far a run is. What nobody hears is lost.</summary>
    ValueTask TellAsync(RunProgress progress, CancellationToken cancellationToken);

    /// <summary>What is said of a run from now on, until this is given up.</summary>
    IAsyncEnumerable<RunProgress> WatchAsync(Guid runId, CancellationToken cancellationToken);
}

/// <summary>How far a run is.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Steps">The steps that have gone on since the last time.</param>
/// <param name="Lines">What plugins have said since the last time; perhaps not all.</param>
public sealed record RunProgress(Guid RunId, IReadOnlyList<StepProgress> Steps, IReadOnlyList<LogLine> Lines);
