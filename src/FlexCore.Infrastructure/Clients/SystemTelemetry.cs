using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FlexCore.Infrastructure.Clients;

/// <summary>What is measured and traced of the operations of one kind of system.</summary>
/// <param name="System">Its name in OpenTelemetry's registry: <c>redis</c>, <c>mongodb</c>, <c>kafka</c> (<c>db.system.name</c>, <c>messaging.system</c>).</param>
/// <param name="IsMessaging">Whether OpenTelemetry counts it to messaging rather than to databases.</param>
/// <param name="Duration">The metric of this system beside OpenTelemetry's.</param>
/// <param name="DurationTag">The label that tells its operations apart there.</param>
internal sealed record SystemTelemetry(string System, bool IsMessaging, Histogram<double>? Duration, string DurationTag)
{
    /// <summary>Of all clients.</summary>
    public static readonly Meter Meter = new("FlexCore.Clients");

    private static readonly ActivitySource Source = new("FlexCore.Clients");

    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] };

    // https://opentelemetry.io/docs/specs/semconv/database/database-metrics/ (stable) and messaging/messaging-metrics/
    private static readonly Histogram<double> Databases = Meter.CreateHistogram("db.client.operation.duration", "s", "How long operations of databases took their callers.", advice: Seconds);
    private static readonly Histogram<double> Messaging = Meter.CreateHistogram("messaging.client.operation.duration", "s", "How long operations of message brokers took their callers.", advice: Seconds);

    /// <summary>A histogram of seconds, under the name that users are promised.</summary>
    public static Histogram<double> CreateDuration(string name, string description) => Meter.CreateHistogram(name, "s", description, advice: Seconds);

    /// <summary>Begins a span of an operation; null when nobody traces.</summary>
    public Activity? StartSpan(Operation operation, string? resource, string client)
    {
        if (!Source.HasListeners()) return null;
        var span = Source.StartActivity(resource is null ? operation.Name : $"{operation.Name} {resource}", IsMessaging && operation.Name == "send" ? ActivityKind.Producer : ActivityKind.Client);
        return span?
            .SetTag(IsMessaging ? "messaging.system" : "db.system.name", System)
            .SetTag(IsMessaging ? "messaging.operation.name" : "db.operation.name", operation.Name)
            .SetTag(IsMessaging ? "messaging.destination.name" : "db.collection.name", resource)
            .SetTag("flexcore.client", client);
    }

    /// <summary>Records an operation that has ended.</summary>
    /// <param name="operation">Which one.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="error">The code of its failure; null when there was none.</param>
    public void Record(Operation operation, TimeSpan took, string? error)
    {
        var tags = new TagList
        {
            { IsMessaging ? "messaging.system" : "db.system.name", System },
            { IsMessaging ? "messaging.operation.name" : "db.operation.name", operation.Name },
        };
        if (error is not null) tags.Add("error.type", error);
        (IsMessaging ? Messaging : Databases).Record(took.TotalSeconds, tags);
        Duration?.Record(took.TotalSeconds, new KeyValuePair<string, object?>(DurationTag, operation.Kind));
    }
}
