using System.Text.Json;

namespace FlexCore.Domain.Catalog;

/// <summary>An entry of the catalog is another one. Where the catalog lies outside the database of the log, this comes before that is so.</summary>
/// <param name="Kind">Of what.</param>
/// <param name="Id">Which one.</param>
/// <param name="Before">The version that it had; null where it was not there.</param>
/// <param name="Version">The version that it has; null where it is not there any more.</param>
/// <param name="Document">What it says now, without secrets, which it only refers to; null where it is not there any more.</param>
/// <param name="IsFound">Whether somebody has changed it past FlexCore, in a file, and it was only found so.</param>
[EventType("CatalogChanged")]
public sealed record CatalogChanged(string Kind, string Id, string? Before, string? Version, JsonElement? Document, bool IsFound) : IDomainEvent;
