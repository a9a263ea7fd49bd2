using System.Diagnostics;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore;

/// <summary>How a store is, and the subscriptions and projections that this process has started on it.</summary>
/// <param name="Error">Why the store does not answer; null when it does.</param>
/// <param name="LastPosition">The position of the last event; null when the store does not answer.</param>
/// <param name="Duration">How long the store took to answer, or to fail.</param>
/// <param name="Consumers">The subscriptions and projections that were started on this object and not stopped, by name.</param>
public sealed record EventStoreHealth(string? Error, long? LastPosition, TimeSpan Duration, IReadOnlyList<ConsumerHealth> Consumers)
{
    /// <summary>Whether the store answers and nothing keeps a subscription or projection of this process from going on. One that is behind, or waits for its turn, is healthy.</summary>
    public bool IsHealthy => Error is null && Consumers.All(consumer => consumer.LastError is null);

    /// <summary>Asks the store, and those who work on it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Gives the question up: a store that is away tries for some seconds before it says so.</param>
    /// <returns>The answer, also when the store cannot be used.</returns>
    public static async ValueTask<EventStoreHealth> CheckAsync(IEventStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var started = Stopwatch.GetTimestamp();
        string? error = null;
        long? last = null;
        try
        {
            last = await store.GetLastPositionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (EventStoreUnavailableException e)
        {
            error = e.Message;
        }

        var duration = Stopwatch.GetElapsedTime(started);
        var consumers = EventStoreTelemetry.ConsumersOf(store).Select(consumer => ConsumerHealth.Of(consumer, last)).OrderBy(consumer => consumer.Name, StringComparer.Ordinal);
        return new EventStoreHealth(error, last, duration, [.. consumers]);
    }
}
