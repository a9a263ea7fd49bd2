using System.Text.Json.Serialization;
using FlexCore.Domain.Access;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Circuits;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Integrity;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;
using FlexCore.Domain.Scheduling;
using FlexCore.Domain.Schemas;
using FlexCore.Domain.Secrets;

namespace FlexCore.Infrastructure.Events;

/// <summary>Serialisers of all domain events, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PipelineCreated))]
[JsonSerializable(typeof(PipelineRevised))]
[JsonSerializable(typeof(PipelineActivated))]
[JsonSerializable(typeof(PipelinePaused))]
[JsonSerializable(typeof(PipelineArchived))]
[JsonSerializable(typeof(BackfillStarted))]
[JsonSerializable(typeof(BackfillAdvanced))]
[JsonSerializable(typeof(BackfillPaused))]
[JsonSerializable(typeof(BackfillResumed))]
[JsonSerializable(typeof(BackfillCancelled))]
[JsonSerializable(typeof(BackfillCompleted))]
[JsonSerializable(typeof(WebhookReceived))]
[JsonSerializable(typeof(PipelineQueued))]
[JsonSerializable(typeof(PipelineStarted))]
[JsonSerializable(typeof(RunResumed))]
[JsonSerializable(typeof(StepKept))]
[JsonSerializable(typeof(StepStarted))]
[JsonSerializable(typeof(SubRunStarted))]
[JsonSerializable(typeof(ArtifactsKept))]
[JsonSerializable(typeof(StepSucceeded))]
[JsonSerializable(typeof(StepFailed))]
[JsonSerializable(typeof(StepRetryScheduled))]
[JsonSerializable(typeof(StepSkipped))]
[JsonSerializable(typeof(PipelineCompleted))]
[JsonSerializable(typeof(PipelineFailed))]
[JsonSerializable(typeof(PipelineCancelRequested))]
[JsonSerializable(typeof(PipelineCancelled))]
[JsonSerializable(typeof(PipelineInterrupted))]
[JsonSerializable(typeof(StateCommitted))]
[JsonSerializable(typeof(StateSet))]
[JsonSerializable(typeof(StateCleared))]
[JsonSerializable(typeof(FullRefreshCompleted))]
[JsonSerializable(typeof(SchemaRecorded))]
[JsonSerializable(typeof(DeadLettersReplayed))]
[JsonSerializable(typeof(DeadLettersDiscarded))]
[JsonSerializable(typeof(PluginRegistered))]
[JsonSerializable(typeof(PluginCapabilityGranted))]
[JsonSerializable(typeof(PluginCapabilityRevoked))]
[JsonSerializable(typeof(PluginDisabled))]
[JsonSerializable(typeof(PluginEnabled))]
[JsonSerializable(typeof(PluginRemoved))]
[JsonSerializable(typeof(PluginRefused))]
[JsonSerializable(typeof(PluginExecutionStarted))]
[JsonSerializable(typeof(PluginExecutionCompleted))]
[JsonSerializable(typeof(PluginExecutionFailed))]
[JsonSerializable(typeof(PluginLimitHit))]
[JsonSerializable(typeof(PluginConnected))]
[JsonSerializable(typeof(IsolationProbed))]
[JsonSerializable(typeof(CircuitOpened))]
[JsonSerializable(typeof(CircuitClosed))]
[JsonSerializable(typeof(SigningKeyAdded))]
[JsonSerializable(typeof(EventsArchived))]
[JsonSerializable(typeof(CatalogChanged))]
[JsonSerializable(typeof(SecretSet))]
[JsonSerializable(typeof(SecretDeleted))]
[JsonSerializable(typeof(SecretMounted))]
[JsonSerializable(typeof(AccessDenied))]
[JsonSerializable(typeof(TokenCreated))]
[JsonSerializable(typeof(TokenRevoked))]
[JsonSerializable(typeof(TokenRefused))]
[JsonSerializable(typeof(SessionOpened))]
[JsonSerializable(typeof(UserSessionOpened))]
[JsonSerializable(typeof(SessionClosed))]
[JsonSerializable(typeof(RequestReceived))]
[JsonSerializable(typeof(RequestAnswered))]
[JsonSerializable(typeof(NotificationDeferred))]
[JsonSerializable(typeof(NotificationStarted))]
[JsonSerializable(typeof(NotificationDelivered))]
[JsonSerializable(typeof(NotificationFailed))]
[JsonSerializable(typeof(EventMetadata))]
internal sealed partial class DomainEventsJson : JsonSerializerContext;

/// <summary>What every event carries beside its data.</summary>
internal sealed record EventMetadata(string Actor, string CorrelationId, string? CausationId, string Node, string Traceparent, int Schema)
{
    /// <summary>True where plugins had less than level <c>sandbox</c>; else left out.</summary>
    public bool? Degraded { get; init; }

    /// <summary>What they had not, then.</summary>
    public IReadOnlyList<string>? Missing { get; init; }
}
