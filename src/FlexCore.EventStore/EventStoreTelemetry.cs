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

    internal static void Appended(int count, TimeSpan duration)
    {
        Events.Add(count);
        Duration.Record(duration.TotalSeconds);
    }

    internal static void Failed(Activity? activity, EventStoreException failure) => activity?.SetStatus(ActivityStatusCode.Error, failure.Code);

    internal static void Follow(LogConsumer consumer) => Consumers.TryAdd(consumer, true);

    internal static void Forget(LogConsumer consumer) => Consumers.TryRemove(consumer, out _);
}
