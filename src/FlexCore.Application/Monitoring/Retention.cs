using FlexCore.Application.Ports;
using FlexCore.Application.Scheduling;
using FlexCore.Application.Settings;

namespace FlexCore.Application.Monitoring;

/// <summary>Lets leave what is older than the settings say. Any number of nodes may do it at once.</summary>
/// <param name="settings">How long what stays.</param>
/// <param name="past">What can leave.</param>
/// <param name="time">The clock.</param>
public sealed class Retention(Func<RetentionSettings> settings, IPast past, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Told of what has left, and of what goes wrong.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>Works until it is cancelled; at once and then each hour.</summary>
    public Task WorkAsync(CancellationToken cancellationToken) =>
        SteadyWork.RepeatAsync(() => LeaveAsync(cancellationToken), Interval, Say, time, cancellationToken);

    /// <summary>Lets leave what is old now.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        var (now, kept) = (time.GetUtcNow(), settings());
        if (kept.Logs is { } logs) Tell("runs had their logs and artifacts deleted", await past.DeleteLogsAsync(now - logs, cancellationToken));
        if (kept.Events is { } events) Tell("events have left for the archive", await past.ArchiveEventsAsync(now - events, cancellationToken));
    }

    private void Tell(string what, long count)
    {
        if (count > 0) Say($"{count} {what}");
    }
}
