using System.Reflection;
using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Circuits;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Integrity;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;
using FlexCore.Domain.Schemas;
using FlexCore.Domain.Secrets;
using FlexCore.EventStore;

namespace FlexCore.Infrastructure.Events;

/// <summary>Between domain events and stored bytes. The wire name stands in <see cref="EventTypeAttribute"/>.</summary>
internal static class EventCodec
{
    private static readonly EventTypes Known = Make(
        typeof(PipelineCreated),
        typeof(PipelineRevised),
        typeof(PipelineActivated),
        typeof(PipelinePaused),
        typeof(PipelineArchived),
        typeof(BackfillStarted),
        typeof(BackfillAdvanced),
        typeof(BackfillPaused),
        typeof(BackfillResumed),
        typeof(BackfillCancelled),
        typeof(BackfillCompleted),
        typeof(WebhookReceived),
        typeof(PipelineQueued),
        typeof(PipelineStarted),
        typeof(RunResumed),
        typeof(StepKept),
        typeof(StepStarted),
        typeof(SubRunStarted),
        typeof(ArtifactsKept),
        typeof(StepSucceeded),
        typeof(StepFailed),
        typeof(StepRetryScheduled),
        typeof(StepSkipped),
        typeof(PipelineCompleted),
        typeof(PipelineFailed),
        typeof(PipelineCancelRequested),
        typeof(PipelineCancelled),
        typeof(PipelineInterrupted),
        typeof(StateCommitted),
        typeof(StateSet),
        typeof(StateCleared),
        typeof(FullRefreshCompleted),
        typeof(SchemaRecorded),
        typeof(DeadLettersReplayed),
        typeof(DeadLettersDiscarded),
        typeof(PluginRegistered),
        typeof(PluginCapabilityGranted),
        typeof(PluginCapabilityRevoked),
        typeof(PluginDisabled),
        typeof(PluginEnabled),
        typeof(PluginRemoved),
        typeof(PluginRefused),
        typeof(PluginExecutionStarted),
        typeof(PluginExecutionCompleted),
        typeof(PluginExecutionFailed),
        typeof(PluginLimitHit),
        typeof(PluginConnected),
        typeof(IsolationProbed),
        typeof(CircuitOpened),
        typeof(CircuitClosed),
        typeof(SigningKeyAdded),
        typeof(EventsArchived),
        typeof(CatalogChanged),
        typeof(SecretSet),
        typeof(SecretDeleted),
        typeof(SecretMounted),
        typeof(AccessDenied),
        typeof(TokenCreated),
        typeof(TokenRevoked),
        typeof(TokenRefused),
        typeof(SessionOpened),
        typeof(UserSessionOpened),
        typeof(SessionClosed),
        typeof(RequestReceived),
        typeof(RequestAnswered),
        typeof(NotificationDeferred),
        typeof(NotificationStarted),
        typeof(NotificationDelivered),
        typeof(NotificationFailed));

    /// <summary>Every CLR type that can be stored.</summary>
    public static IReadOnlyCollection<Type> KnownTypes => Known.Types;

    public static EventData Encode(IDomainEvent @event, Func<int, EventMetadata> metadata) =>
        Known.Encode(@event, schema => JsonSerializer.SerializeToUtf8Bytes(metadata(schema), DomainEventsJson.Default.EventMetadata));

    public static IDomainEvent Decode(RecordedEvent recorded)
    {
        try
        {
            return Known.Decode(recorded) switch
            {
                // The runtime writes none of these.
                ProtectedEvent or ErasedEvent => new Domain.UnknownEvent(recorded.Type, Schema: 0),
                EventStore.UnknownEvent unknown => new Domain.UnknownEvent(recorded.Type, unknown.Schema),
                var known => (IDomainEvent)known,
            };
        }
        catch (JsonException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.StoreUnusable, $"the event at position {recorded.Position} is a {recorded.Type} whose data cannot be read: {e.Message}"));
        }
    }

    /// <summary>Who had an event written, and in which trace; empty where its metadata, into which other programs may write anything, do not say.</summary>
    public static (string Actor, string TraceParent) OriginOf(RecordedEvent recorded)
    {
        try
        {
            var metadata = JsonSerializer.Deserialize(recorded.Metadata.Span, DomainEventsJson.Default.EventMetadata);
            return (metadata?.Actor ?? "", metadata?.Traceparent ?? "");
        }
        catch (JsonException)
        {
            return ("", "");
        }
    }

    private static EventTypes Make(params ReadOnlySpan<Type> types)
    {
        var known = new EventTypes();
        foreach (var type in types) known.Add(type.GetCustomAttribute<EventTypeAttribute>()!.Name, type, () => DomainEventsJson.Default.GetTypeInfo(type)!);
        return known;
    }
}
