using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.EventStore;

namespace FlexCore.Infrastructure.Events;

/// <summary>Between domain events and stored bytes. The wire name stands in <see cref="EventTypeAttribute"/>.</summary>
internal static class EventCodec
{
    private static readonly Dictionary<Type, Entry> ByClrType = Known(
        typeof(PipelineCreated),
        typeof(PipelineRevised),
        typeof(PipelineStarted),
        typeof(StepStarted),
        typeof(StepSucceeded),
        typeof(StepFailed),
        typeof(StepSkipped),
        typeof(PipelineCompleted),
        typeof(PipelineFailed),
        typeof(PipelineCancelled),
        typeof(PipelineInterrupted),
        typeof(StateCommitted),
        typeof(DeadLettersReplayed),
        typeof(DeadLettersDiscarded),
        typeof(PluginRegistered),
        typeof(PluginCapabilityGranted),
        typeof(PluginRefused),
        typeof(PluginExecutionStarted),
        typeof(PluginExecutionCompleted),
        typeof(PluginExecutionFailed),
        typeof(PluginLimitHit),
        typeof(IsolationProbed));

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

    private static Dictionary<Type, Entry> Known(params ReadOnlySpan<Type> types)
    {
        var known = new Dictionary<Type, Entry>();
        foreach (var type in types)
        {
            var wire = type.GetCustomAttribute<EventTypeAttribute>()!;
            known.Add(type, new Entry(wire.Name, wire.Version, type));
        }

        return known;
    }

    /// <summary>What is known of one type. Its serialiser is made when it is first used: most commands write or read a few types only.</summary>
    private sealed record Entry(string Name, int Version, Type Type)
    {
        public JsonTypeInfo Json => DomainEventsJson.Default.GetTypeInfo(Type)!;
    }
}
