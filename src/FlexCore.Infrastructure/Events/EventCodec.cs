using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;

namespace FlexCore.Infrastructure.Events;

/// <summary>Between domain events and stored bytes. The wire name stands in <see cref="EventTypeAttribute"/>.</summary>
internal static class EventCodec
{
    private static readonly Dictionary<Type, Entry> ByClrType = Known(
        DomainEventsJson.Default.PipelineCreated,
        DomainEventsJson.Default.PipelineRevised,
        DomainEventsJson.Default.PipelineStarted,
        DomainEventsJson.Default.StepStarted,
        DomainEventsJson.Default.StepSucceeded,
        DomainEventsJson.Default.StepFailed,
        DomainEventsJson.Default.StepSkipped,
        DomainEventsJson.Default.PipelineCompleted,
        DomainEventsJson.Default.PipelineFailed,
        DomainEventsJson.Default.PipelineCancelled,
        DomainEventsJson.Default.PipelineInterrupted,
        DomainEventsJson.Default.StateCommitted,
        DomainEventsJson.Default.PluginRegistered,
        DomainEventsJson.Default.PluginCapabilityGranted,
        DomainEventsJson.Default.PluginRefused,
        DomainEventsJson.Default.PluginExecutionStarted,
        DomainEventsJson.Default.PluginExecutionCompleted,
        DomainEventsJson.Default.PluginExecutionFailed,
        DomainEventsJson.Default.PluginLimitHit,
        DomainEventsJson.Default.IsolationProbed);

    private static readonly Dictionary<string, Entry> ByName = ByClrType.Values.ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    /// <summary>Every CLR type that can be stored.</summary>
    public static IReadOnlyCollection<Type> KnownTypes => ByClrType.Keys;

    public static EventData Encode(IDomainEvent @event, Func<int, EventMetadata> metadata)
    {
        var entry = ByClrType[@event.GetType()];
        return new EventData(
            Guid.CreateVersion7(),
            entry.Name,
            JsonSerializer.SerializeToUtf8Bytes(@event, entry.Json),
            JsonSerializer.SerializeToUtf8Bytes(metadata(entry.Version), DomainEventsJson.Default.EventMetadata));
    }

    public static IDomainEvent Decode(RecordedEvent recorded)
    {
        if (!ByName.TryGetValue(recorded.Type, out var entry)) throw Unreadable($"is a {recorded.Type}, which this version of FlexCore does not know");
        try
        {
            return (IDomainEvent)JsonSerializer.Deserialize(recorded.Data.Span, entry.Json)!;
        }
        catch (JsonException e)
        {
            throw Unreadable($"is a {recorded.Type} whose data cannot be read: {e.Message}");
        }

        FlexCoreException Unreadable(string what) => new(new Error(ErrorCodes.StoreUnusable, $"the event at position {recorded.Position} {what}"));
    }

    private static Dictionary<Type, Entry> Known(params ReadOnlySpan<JsonTypeInfo> types)
    {
        var known = new Dictionary<Type, Entry>();
        foreach (var json in types)
        {
            var wire = json.Type.GetCustomAttribute<EventTypeAttribute>()!;
            known.Add(json.Type, new Entry(wire.Name, wire.Version, json));
        }

        return known;
    }

    private sealed record Entry(string Name, int Version, JsonTypeInfo Json);
}
