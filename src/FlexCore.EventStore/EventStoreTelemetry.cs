using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore;

/// <summary>What the event store tells OpenTelemetry: spans of the source and instruments of the meter named <c>FlexCore.EventStore</c>.</summary>
public static class EventStoreTelemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "FlexCore.EventStore";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Events = Meter.CreateCounter<long>("events_appended", "{event}", "Events appended.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("event_append_duration", "s", "How long an append took, from the call to its answer.");

    private static readonly ConcurrentDictionary<LogConsumer, bool> Consumers = new();

    static EventStoreTelemetry() => Meter.CreateObservableGauge(
        "projection_lag_events",
        () => Consumers.Keys.Where(consumer => consumer.IsTheConsumer).Select(consumer => new Measurement<long>(consumer.Lag, new KeyValuePair<string, object?>("subscription", consumer.Name))),
        "{event}",
        "How many positions the log is ahead of a subscription or projection that works in this process.");

    internal static Activity? StartAppend(IReadOnlyList<StreamAppend> appends)
    {
        if (!Source.HasListeners()) return null;
        var activity = Source.StartActivity("append", ActivityKind.Client);
        activity?.SetTag("flexcore.stream", appends[0].StreamId);
        activity?.SetTag("flexcore.events", appends.Sum(append => append.Events.Count));
        return activity;
    }

    /// <summary>Puts a span around a read of a stream, or of the log after a position. The read gets what it needs by <paramref name="from"/>, so that it costs nothing when nobody listens.</summary>
    internal static ValueTask<IReadOnlyList<RecordedEvent>> ReadAsync<T>(string? streamId, long after, T from, Func<T, ValueTask<IReadOnlyList<RecordedEvent>>> read) =>
        Source.HasListeners() ? TraceReadAsync(streamId, after, from, read) : read(from);

    internal static Activity? StartHandle(string subscription, long position, int events)
    {
        if (!Source.HasListeners()) return null;
        var activity = Source.StartActivity("handle", ActivityKind.Consumer);
        activity?.SetTag("flexcore.subscription", subscription);
        activity?.SetTag("flexcore.position", position);
        activity?.SetTag("flexcore.events", events);
        return activity;
    }

    internal static void Appended(int count, TimeSpan duration)
    {
        Events.Add(count);
        Duration.Record(duration.TotalSeconds);
    }

    internal static void Failed(Activity? activity, Exception failure) => activity?.SetStatus(ActivityStatusCode.Error, (failure as EventStoreException)?.Code ?? failure.Message);

    internal static void Follow(LogConsumer consumer) => Consumers.TryAdd(consumer, true);

    internal static void Forget(LogConsumer consumer) => Consumers.TryRemove(consumer, out _);

    /// <summary>The consumers of a store that were started in this process and not stopped.</summary>
    internal static IEnumerable<LogConsumer> ConsumersOf(IEventStore store) => Consumers.Keys.Where(consumer => ReferenceEquals(consumer.Store, store));

    // Begun in an async method, the span is the current one for nobody but the read.
    private static async ValueTask<IReadOnlyList<RecordedEvent>> TraceReadAsync<T>(
        string? streamId, long after, T from, Func<T, ValueTask<IReadOnlyList<RecordedEvent>>> read)
    {
        using var activity = Source.StartActivity("read", ActivityKind.Client);
        if (streamId is null) activity?.SetTag("flexcore.after", after);
        else activity?.SetTag("flexcore.stream", streamId);
        try
        {
            var events = await read(from).ConfigureAwait(false);
            activity?.SetTag("flexcore.events", events.Count);
            return events;
        }
        catch (EventStoreException e)
        {
            Failed(activity, e);
            throw;
        }
    }
}
