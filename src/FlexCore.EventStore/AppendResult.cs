namespace FlexCore.EventStore;

/// <summary>The answer to an append whose events are all durable.</summary>
/// <param name="LastPosition">The position of the last event that was appended.</param>
/// <param name="StreamVersions">The new version of each stream that got events, in the order of the appends; conditions are left out.</param>
public sealed record AppendResult(long LastPosition, IReadOnlyList<long> StreamVersions);
