using FlexCore.EventStore;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>Hears of changes of the queue by all processes, on a connection of its own, from the first time that somebody waits.</summary>
internal sealed class PostgresQueueListener(IEventStore store, QueueSignal signal, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task? _listening;

    /// <summary>Begins to listen, if that has not begun.</summary>
    public void Start() => _listening ??= Task.Run(ListenAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_listening is not null) await _listening;
        _stop.Dispose();
    }

    // Another log's schema may begin with the name of this one's. What happened while nobody listened was not heard; till then, the one who waits looks for itself.
    private Task ListenAsync() => PostgresChannel.ListenAsync(
        store,
        "flexcore_runs",
        more =>
        {
            if (more.Length == 0) signal.Raise();
        },
        signal.Raise,
        time,
        _stop.Token);
}
