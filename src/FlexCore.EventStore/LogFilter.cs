namespace FlexCore.EventStore;

/// <summary>Which events of the log to read. What is null does not restrict.</summary>
/// <param name="Category">Only events of streams in this category.</param>
/// <param name="Type">Only events of this type.</param>
public sealed record LogFilter(string? Category = null, string? Type = null);
