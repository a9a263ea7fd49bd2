using FlexCore.Application.Ports;
using FlexCore.Application.Scheduling;

namespace FlexCore.Application.Monitoring;

/// <summary>Puts the logs of runs where every node finds them that could not be put there at the end of the runs, also those that an earlier process has left.</summary>
/// <param name="logs">The logs.</param>
/// <param name="time">The clock.</param>
public sealed class UnsentLogs(IRunLogs logs, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Told of what goes wrong.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Works until it is cancelled; at once and then each minute.</summary>
    public Task WorkAsync(CancellationToken cancellationToken) => SteadyWork.RepeatAsync(() => logs.SendAsync(cancellationToken).AsTask(), Interval, Warn, time, cancellationToken);
}
