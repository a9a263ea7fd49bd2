namespace FlexCore.EventStore;

/// <summary>An event to append. Its bytes are kept as they are, byte for byte.</summary>
/// <param name="Id">The event's identity. Appending the same event again gives the first answer instead of a second event.</param>
/// <param name="Type">What happened, at most 512 characters.</param>
/// <param name="Data">What the event says, at most 16 MiB; UTF-8 JSON by convention.</param>
/// <param name="Metadata">What is known about the event, at most 16 MiB; UTF-8 JSON by convention.</param>
public sealed record EventData(Guid Id, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata)
{
    internal bool IsTombstone => Type == StreamAppend.TombstoneType;
}
