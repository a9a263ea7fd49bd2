using System.Globalization;
using System.Text.Json;
using CloudNative.CloudEvents;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>Which events of an event store go to a bus, and as what.</summary>
/// <param name="Name">What the outbox's place in the log is kept under. Of those with one name, in any number of processes, one works at a time.</param>
/// <param name="Topic">Where they are published.</param>
/// <param name="Source">Where they come from, as <c>source</c> of CloudEvents; with an event's id it tells all events in the world apart.</param>
public sealed record OutboxOptions(string Name, string Topic, Uri Source)
{
    /// <summary>Which events.</summary>
    public LogFilter Filter { get; init; } = new();

    /// <summary>Told why an event cannot be published, at each attempt, and null when it was.</summary>
    public Action<Error?> Told { get; init; } = _ => { };

    /// <summary>Says in which trace an event was written, as <c>traceparent</c> of W3C; null where that is not known.</summary>
    public Func<RecordedEvent, string?> TraceParent { get; init; } = _ => null;
}

/// <summary>
/// Publishes what an event store has appended: nothing that is not committed, and all that is, at least once and in the order of the log. The log itself is the outbox. Its place moves on when the broker has confirmed
/// an event, so a crash repeats some, with the ids that they had.
/// </summary>
public static class Outbox
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Begins, where the outbox of this name has stopped. An event that can never be published, as one of more than 1 MiB, is parked (<see cref="EventSubscription.ListParkedAsync"/>); while the broker is away, all wait.</summary>
    /// <param name="store">The event store.</param>
    /// <param name="bus">The bus.</param>
    /// <param name="options">Which events, and as what.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Ends it when disposed.</returns>
    public static EventSubscription Start(IEventStore store, EventBus bus, OutboxOptions options, TimeProvider time)
    {
        var outbox = store.Subscribe(new SubscriptionOptions(options.Name) { Filter = options.Filter, Attempts = 1 }, PublishAsync);
        outbox.Start();
        return outbox;

        async ValueTask PublishAsync(RecordedEvent recorded, EventDelivery delivery, CancellationToken cancellationToken)
        {
            for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                try
                {
                    await bus.PublishAsync(options.Topic, ToCloudEvent(recorded, options), recorded.StreamId, cancellationToken);
                    options.Told(null);
                    return;
                }
                catch (FlexCoreException e)
                {
                    options.Told(e.Error);

                    // The client of the broker has logged it. None that comes behind may overtake this one.
                    await Task.Delay(pause, time, cancellationToken);
                }
            }
        }
    }

    private static CloudEvent ToCloudEvent(RecordedEvent recorded, OutboxOptions options)
    {
        var published = new CloudEvent { Id = recorded.Id.ToString(), Source = options.Source, Type = recorded.Type, Subject = recorded.StreamId, Time = recorded.RecordedAt };
        (published.Data, published.DataContentType) = DataOf(recorded.Data);
        published.SetAttributeFromString("sequence", recorded.Position.ToString(CultureInfo.InvariantCulture)); // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/sequence.md
        if (options.TraceParent(recorded) is { } trace) published.SetAttributeFromString("traceparent", trace);
        return published;
    }

    private static (object? Data, string? ContentType) DataOf(ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty) return (null, null);
        try
        {
            using var document = JsonDocument.Parse(data);
            return (document.RootElement.Clone(), "application/json");
        }
        catch (JsonException)
        {
            return (data.ToArray(), "application/octet-stream");
        }
    }
}
