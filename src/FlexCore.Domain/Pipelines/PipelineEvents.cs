using System.Text.Json;

namespace FlexCore.Domain.Pipelines;

/// <summary>A pipeline was seen for the first time.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="File">Where its definition was read.</param>
/// <param name="Hash">SHA-256 of the definition.</param>
/// <param name="Definition">As written, secret fields masked.</param>
[EventType("PipelineCreated")]
public sealed record PipelineCreated(string Name, string File, string Hash, JsonElement Definition) : IDomainEvent;

/// <summary>A pipeline's definition has changed.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="File">Where its definition was read.</param>
/// <param name="Hash">SHA-256 of the definition.</param>
/// <param name="Definition">As written, secret fields masked.</param>
[EventType("PipelineRevised")]
public sealed record PipelineRevised(string Name, string File, string Hash, JsonElement Definition) : IDomainEvent;
