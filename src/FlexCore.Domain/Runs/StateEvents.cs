using System.Text.Json;

namespace FlexCore.Domain.Runs;

/// <summary>A target has confirmed everything up to this Singer STATE. The last one is where the next run goes on.</summary>
/// <param name="RunId">The run that moved it.</param>
/// <param name="Value">The STATE's value, as the target gave it.</param>
[EventType("StateCommitted")]
public sealed record StateCommitted(Guid RunId, JsonElement Value) : IDomainEvent;
