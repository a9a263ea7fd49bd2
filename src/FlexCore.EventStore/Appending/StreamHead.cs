namespace FlexCore.EventStore.Appending;

/// <summary>Where a stream ends.</summary>
/// <param name="Version">The version of its last event, 0 when it has none.</param>
/// <param name="IsClosed">Whether that is a tombstone.</param>
/// <param name="Hash">Its hash.</param>
internal readonly record struct StreamHead(long Version, bool IsClosed, LogHash Hash);
