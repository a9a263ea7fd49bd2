using System.Collections.Concurrent;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>A handler that remembers what it got, and refuses what the test wants refused.</summary>
internal sealed class Handled
{
    private readonly ConcurrentQueue<(RecordedEvent Event, EventDelivery Delivery)> _events = new();

    public Func<RecordedEvent, bool> Refuses { get; set; } = _ => false;

    public IReadOnlyList<(RecordedEvent Event, EventDelivery Delivery)> Events => [.. _events];

    public long[] Positions => [.. _events.Select(e => e.Event.Position)];

    public int Tries;

    public ValueTask HandleAsync(RecordedEvent recorded, EventDelivery delivery, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Interlocked.Increment(ref Tries);
        if (Refuses(recorded)) throw new InvalidOperationException($"no {recorded.Position}\0");
        _events.Enqueue((recorded, delivery));
        return ValueTask.CompletedTask;
    }

    public Task UntilAsync(int count) => Eventually.TrueAsync(() => _events.Count >= count, $"only {_events.Count} of {count} events were handled");
}
