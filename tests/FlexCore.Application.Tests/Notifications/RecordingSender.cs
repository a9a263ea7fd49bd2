using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;

namespace FlexCore.Application.Tests.Notifications;

/// <summary>Keeps what is sent, and does with it what a test wishes.</summary>
internal sealed class RecordingSender : INotificationSender
{
    private readonly Lock _lock = new();
    private readonly List<(string Channel, Notification? Notification)> _sent = [];

    /// <summary>What becomes of each message.</summary>
    public Func<Task<Error?>> Answer { get; set; } = () => Task.FromResult<Error?>(null);

    public IReadOnlyList<(string Channel, Notification? Notification)> Sent
    {
        get
        {
            lock (_lock) return [.. _sent];
        }
    }

    public IEnumerable<string> Titles => Sent.Select(sent => $"{sent.Channel}: {sent.Notification?.Title}");

    public Task<Error?> SendAsync(Channel channel, Notification? notification, CancellationToken cancellationToken)
    {
        lock (_lock) _sent.Add((channel.Name, notification));
        return Answer();
    }
}

/// <summary>A clock that a test sets. What waits for it by a timer gets the real one.</summary>
internal sealed class TestClock : TimeProvider
{
    private TimeSpan _ahead;

    public void Advance(TimeSpan by) => _ahead += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(_ahead.TotalSeconds * TimestampFrequency);
}
