using System.Diagnostics;
using System.Text.Json;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>Events as bytes: CloudEvents 1.0, structured mode, JSON (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).</summary>
internal static class CloudEventFormat
{
    /// <summary>The most bytes that an event may have.</summary>
    public const int LargestEvent = 1024 * 1024;

    private const int DeepestEvent = 64;

    private static readonly JsonEventFormatter Formatter = new(new JsonSerializerOptions(), new JsonDocumentOptions { MaxDepth = DeepestEvent });

    // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/partitioning.md and distributed-tracing.md
    private static readonly CloudEventAttribute PartitionKey = CloudEventAttribute.CreateExtension("partitionkey", CloudEventAttributeType.String);
    private static readonly CloudEventAttribute TraceParent = CloudEventAttribute.CreateExtension("traceparent", CloudEventAttributeType.String);

    /// <summary>Of an event that is replayed: the group that it is for.</summary>
    private static readonly CloudEventAttribute OnlyFor = CloudEventAttribute.CreateExtension("flexcoregroup", CloudEventAttributeType.String);

    private static readonly CloudEventAttribute[] Extensions = [PartitionKey, TraceParent, OnlyFor];

    /// <summary>The event as bytes.</summary>
    /// <exception cref="ArgumentException">It has not what an event must have, or is too large.</exception>
    public static ReadOnlyMemory<byte> Encode(CloudEvent published)
    {
        var body = Formatter.EncodeStructuredModeMessage(published, out _);
        return body.Length <= LargestEvent ? body : throw new ArgumentException($"The event {published.Id} has {body.Length} bytes; {LargestEvent} are allowed. Keep large data elsewhere, and publish where they are.", nameof(published));
    }

    /// <summary>Reads what was received.</summary>
    /// <exception cref="FormatException">It is no event.</exception>
    public static CloudEvent Decode(ReadOnlyMemory<byte> body)
    {
        if (body.Length > LargestEvent) throw new FormatException($"{body.Length} bytes are more than an event may have");
        try
        {
            return Formatter.DecodeStructuredModeMessage(body, contentType: null, Extensions);
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"it is no CloudEvent: {e.Message}", e);
        }
    }

    /// <summary>A copy that shares nothing that can be changed.</summary>
    public static CloudEvent Copy(CloudEvent original)
    {
        var copy = new CloudEvent(original.SpecVersion, original.ExtensionAttributes) { Data = original.Data };
        foreach (var (attribute, value) in original.GetPopulatedAttributes())
        {
            if (attribute != CloudEventsSpecVersion.SpecVersionAttribute) copy[attribute] = value;
        }

        return copy;
    }

    /// <summary>What events must have in common to stay in their order; null where that does not matter.</summary>
    public static string? KeyOf(CloudEvent published) => (string?)published[PartitionKey.Name];

    public static void SetKey(CloudEvent published, string? key) => published[PartitionKey] = key;

    public static string? GroupOf(CloudEvent received) => (string?)received[OnlyFor.Name];

    public static void SetGroup(CloudEvent replayed, string group) => replayed[OnlyFor] = group;

    /// <summary>The trace in which it was published; none where it says nothing that can be read.</summary>
    public static ActivityContext TraceOf(CloudEvent received) => ActivityContext.TryParse((string?)received[TraceParent.Name], traceState: null, isRemote: true, out var context) ? context : default;

    /// <summary>Says in which trace it is published, where it does not say so itself.</summary>
    public static void SetTrace(CloudEvent published)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } current && published[TraceParent.Name] is null) published[TraceParent] = current.Id;
    }
}
