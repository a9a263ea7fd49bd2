namespace FlexCore.EventStore;

/// <summary>A stream folded up to one of its events, kept so that the events before need not be read again.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="Version">The version of the last event in it.</param>
/// <param name="Shape">Which fold has made it, and in which form: another one throws it away.</param>
/// <param name="State">The state with what it takes to trust it.</param>
public sealed record Snapshot(string StreamId, long Version, string Shape, ReadOnlyMemory<byte> State);
