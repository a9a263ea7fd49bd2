using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FlexCore.Infrastructure.Clients;

/// <summary>What OpenTelemetry counts a system to: its semantic conventions have names for each.</summary>
internal enum SystemKind
{
    /// <summary>What keeps data.</summary>
    Database,

    /// <summary>What brings messages from one to another.</summary>
    Messaging,

    /// <summary>What is asked over HTTP, where .NET measures and traces each request by itself.</summary>
    Http,
}

/// <summary>What is measured and traced of the operations of one kind of system.</summary>
/// <param name="System">Its name in OpenTelemetry's registry: <c>redis</c>, <c>mongodb</c>, <c>kafka</c> (<c>db.system.name</c>, <c>messaging.system</c>).</param>
/// <param name="Kind">What OpenTelemetry counts it to.</param>
/// <param name="Duration">The metric of this system beside OpenTelemetry's.</param>
/// <param name="DurationTag">The label that tells its operations apart there.</param>
internal sealed record SystemTelemetry(string System, SystemKind Kind, Histogram<double>? Duration = null, string DurationTag = "")
{
    /// <summary>Of all clients.</summary>
    public static readonly Meter Meter = new("FlexCore.Clients");

    private static readonly ActivitySource Source = new("FlexCore.Clients");

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    // https://opentelemetry.io/docs/specs/semconv/database/database-metrics/ (stable) and messaging/messaging-metrics/
    private static readonly Histogram<double> Databases = Meter.CreateHistogram("db.client.operation.duration", "s", "How long operations of databases took their callers.", advice: Seconds);
    private static readonly Histogram<double> Messaging = Meter.CreateHistogram("messaging.client.operation.duration", "s", "How long operations of message brokers took their callers.", advice: Seconds);

    private static readonly Histogram<double> Processing = Meter.CreateHistogram("messaging.process.duration", "s", "How long it took to handle messages that were received.", advice: Seconds);

    /// <summary>A histogram of seconds, under the name that users are promised.</summary>
    public static Histogram<double> CreateDuration(string name, string description) => Meter.CreateHistogram(name, "s", description, advice: Seconds);

    /// <summary>Begins a span of an operation; null when nobody traces.</summary>
    public Activity? StartSpan(Operation operation, string? resource, string client)
    {
        if (Kind == SystemKind.Http || !Source.HasListeners()) return null;
        var isMessaging = Kind == SystemKind.Messaging;
        var span = Source.StartActivity(resource is null ? operation.Name : $"{operation.Name} {resource}", isMessaging && operation.Name is "send" or "publish" ? ActivityKind.Producer : ActivityKind.Client);
        return span?
            .SetTag(isMessaging ? "messaging.system" : "db.system.name", System)
            .SetTag(isMessaging ? "messaging.operation.name" : "db.operation.name", operation.Name)
            .SetTag(isMessaging ? "messaging.destination.name" : "db.collection.name", resource)
            .SetTag("flexcore.client", client);
    }

    /// <summary>Records an operation that has ended.</summary>
    /// <param name="operation">Which one.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="error">The code of its failure; null when there was none.</param>
    public void Record(Operation operation, TimeSpan took, string? error)
    {
        Duration?.Record(took.TotalSeconds, new KeyValuePair<string, object?>(DurationTag, operation.Kind));
        if (Kind == SystemKind.Http) return;
        var isMessaging = Kind == SystemKind.Messaging;
        var all = isMessaging ? Messaging : Databases;
        if (!all.Enabled) return;
        var tags = new TagList
        {
            { isMessaging ? "messaging.system" : "db.system.name", System },
            { isMessaging ? "messaging.operation.name" : "db.operation.name", operation.Name },
        };
        if (error is not null) tags.Add("error.type", error);
        all.Record(took.TotalSeconds, tags);
    }

    /// <summary>Begins a span of a message that is handled, as a part of the trace in which it was sent; null when nobody traces.</summary>
    public Activity? StartProcessing(string topic, string group, ActivityContext sentIn, string client) => Source.StartActivity($"process {topic}", ActivityKind.Consumer, sentIn)?
        .SetTag("messaging.system", System)
        .SetTag("messaging.operation.name", "process")
        .SetTag("messaging.destination.name", topic)
        .SetTag("messaging.consumer.group.name", group)
        .SetTag("flexcore.client", client);

    /// <summary>Records a message that was handled.</summary>
    /// <param name="topic">Where it was.</param>
    /// <param name="group">Who handled it.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="error">The type of its failure; null when there was none.</param>
    public void RecordProcessed(string topic, string group, TimeSpan took, string? error)
    {
        var tags = new TagList
        {
            { "messaging.system", System },
            { "messaging.operation.name", "process" },
            { "messaging.destination.name", topic },
            { "messaging.consumer.group.name", group },
        };
        if (error is not null) tags.Add("error.type", error);
        Processing.Record(took.TotalSeconds, tags);
    }
}
