using System.Text.Json;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Domain.Pipelines;

/// <summary>A pipeline was seen for the first time.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="File">Where its definition was read.</param>
/// <param name="Hash">SHA-256 of the definition.</param>
/// <param name="Definition">As written, secret fields masked.</param>
/// <param name="Rules">How its runs wait for a node; null in events from before there were nodes.</param>
/// <param name="Triggers">What starts its runs; null when only people do.</param>
[EventType("PipelineCreated")]
public sealed record PipelineCreated(string Name, string File, string Hash, JsonElement Definition, RunRules? Rules = null, Triggers? Triggers = null) : IDomainEvent;

/// <summary>A pipeline's definition has changed.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="File">Where its definition was read.</param>
/// <param name="Hash">SHA-256 of the definition.</param>
/// <param name="Definition">As written, secret fields masked.</param>
/// <param name="Rules">How its runs wait for a node; null in events from before there were nodes.</param>
/// <param name="Triggers">What starts its runs; null when only people do.</param>
[EventType("PipelineRevised")]
public sealed record PipelineRevised(string Name, string File, string Hash, JsonElement Definition, RunRules? Rules = null, Triggers? Triggers = null) : IDomainEvent;

/// <summary>The triggers of a pipeline may start runs.</summary>
[EventType("PipelineActivated")]
public sealed record PipelineActivated : IDomainEvent;

/// <summary>No run of a pipeline may start.</summary>
/// <param name="Reason">Why, if somebody has said so.</param>
[EventType("PipelinePaused")]
public sealed record PipelinePaused(string? Reason) : IDomainEvent;

/// <summary>A pipeline is out of use.</summary>
[EventType("PipelineArchived")]
public sealed record PipelineArchived : IDomainEvent;
