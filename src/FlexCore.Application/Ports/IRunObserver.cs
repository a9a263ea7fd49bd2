using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Ports;

/// <summary>Watches a run while it happens. Calls come from several threads; none may block for long.</summary>
public interface IRunObserver
{
    /// <summary>Something that does not stop the run but should be known.</summary>
    void Warning(string message);

    /// <summary>A run has begun; the grants that hold are final.</summary>
    void RunStarted(RunState run, IReadOnlyList<EffectiveGrant> grants);

    /// <summary>A step has begun.</summary>
    void StepStarted(string step);

    /// <summary>How far a step is; several times a second.</summary>
    void StepProgressed(StepProgress progress);

    /// <summary>A plugin has said something.</summary>
    void PluginLogged(LogLine line);

    /// <summary>A step has ended, or was skipped.</summary>
    void StepEnded(StepState step);
}

/// <summary>What one plugin gets in one step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Grant">What it gets.</param>
/// <param name="WiderLimits">The limits that it sets itself wider than usual; empty when there are none.</param>
public sealed record EffectiveGrant(string Step, string Plugin, Grant Grant, string WiderLimits);

/// <summary>How far a step is.</summary>
/// <param name="Step">The step.</param>
/// <param name="Streams">By record stream.</param>
/// <param name="Bytes">All bytes so far.</param>
/// <param name="Plugins">The processes at this moment.</param>
public sealed record StepProgress(
    string Step, IReadOnlyDictionary<string, StreamProgress> Streams, long Bytes, IReadOnlyList<PluginProgress> Plugins);

/// <summary>How far a record stream is.</summary>
/// <param name="Records">Records that went to the targets so far.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StreamProgress(long Records, long Bytes);

/// <summary>One plugin process at this moment.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="CpuTime">CPU time so far.</param>
/// <param name="MemoryBytes">Memory now.</param>
public sealed record PluginProgress(string Name, TimeSpan CpuTime, long MemoryBytes);

/// <summary>How important a plugin's log line is, by its own words.</summary>
public enum LogLineLevel
{
    /// <summary>For its author.</summary>
    Debug,

    /// <summary>Ordinary.</summary>
    Info,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}

/// <summary>One line that a plugin wrote to standard error (a task: to standard output too). Control characters are escaped, secrets masked.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Step">The step.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Level">As far as the line tells.</param>
/// <param name="Message">The line.</param>
public sealed record LogLine(DateTimeOffset At, string Step, string Plugin, LogLineLevel Level, string Message);

/// <summary>What plugins have said, kept by run beside the event log.</summary>
public interface IRunLogs
{
    /// <summary>Opens a run's log for writing.</summary>
    IRunLogWriter Open(Guid runId);

    /// <summary>A run's log from its beginning; empty when there is none.</summary>
    IAsyncEnumerable<LogLine> ReadAsync(Guid runId, CancellationToken cancellationToken);

    /// <summary>Puts what nobody writes any more where every node finds it. What cannot be put there now is at the next call, also by another process; no run fails by it.</summary>
    ValueTask SendAsync(CancellationToken cancellationToken);
}

/// <summary>A run's log, open. Safe for several threads.</summary>
public interface IRunLogWriter : IAsyncDisposable
{
    /// <summary>Adds one line.</summary>
    void Write(LogLine line);
}
