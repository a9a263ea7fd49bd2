namespace FlexCore.EventStore;

/// <summary>An event as the store has it.</summary>
/// <param name="Position">The place in the whole log: 1, 2, 3, … in the order of commits, without gaps.</param>
/// <param name="StreamId">The stream that the event belongs to.</param>
/// <param name="Version">The place in the stream: 1, 2, 3, …</param>
/// <param name="Id">The event's identity, unique in the store.</param>
/// <param name="Type">What happened.</param>
/// <param name="Data">The bytes that were appended.</param>
/// <param name="Metadata">The bytes that were appended.</param>
/// <param name="RecordedAt">When the store took the event, in UTC, to the microsecond. The order of events is that of positions, not of times.</param>
/// <param name="Hash">The hash of all that the event says and of its predecessor's hash in the stream.</param>
public sealed record RecordedEvent(
    long Position,
    string StreamId,
    long Version,
    Guid Id,
    string Type,
    ReadOnlyMemory<byte> Data,
    ReadOnlyMemory<byte> Metadata,
    DateTimeOffset RecordedAt,
    LogHash Hash = default)
{
    /// <summary>Whether this is a copy of another event, with the same place.</summary>
    internal bool IsSameAs(RecordedEvent other) =>
        Position == other.Position && Version == other.Version && RecordedAt == other.RecordedAt && Hash == other.Hash && IsSameAs(new EventData(other.Id, other.Type, other.Data, other.Metadata), other.StreamId);

    /// <summary>Whether this is the event, in the stream, that somebody wants to append.</summary>
    internal bool IsSameAs(EventData item, string streamId) =>
        Id == item.Id && StreamId == streamId && Type == item.Type && Data.Span.SequenceEqual(item.Data.Span) && Metadata.Span.SequenceEqual(item.Metadata.Span);
}
