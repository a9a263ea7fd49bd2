namespace FlexCore.EventStore;

/// <summary>Events to put at the end of one stream; without events, a condition on a stream that was only read.</summary>
/// <param name="StreamId">The stream, named <c>&lt;category&gt;-&lt;id&gt;</c>, at most 512 characters. The category is what precedes the first hyphen.</param>
/// <param name="Expected">The version that the stream must have; otherwise nothing is appended.</param>
/// <param name="Events">The events in their order.</param>
public sealed record StreamAppend(string StreamId, ExpectedVersion Expected, IReadOnlyList<EventData> Events)
{
    /// <summary>The type of the event that closes a stream.</summary>
    public const string TombstoneType = "$tombstone";

    /// <summary>A condition on a stream that was only read: the append takes place only if it still has this version.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="expected">The version that it must have.</param>
    /// <returns>The condition, to be passed with the appends.</returns>
    public static StreamAppend Condition(string streamId, ExpectedVersion expected) => new(streamId, expected, []);

    /// <summary>Closes a stream for good. Its events stay readable, but nothing is ever appended again, and no condition on it holds.</summary>
    /// <param name="streamId">The stream.</param>
    /// <param name="expected">The version that it must have.</param>
    /// <param name="metadata">Who closed it and why; UTF-8 JSON by convention.</param>
    /// <returns>The append that does it.</returns>
    public static StreamAppend Tombstone(string streamId, ExpectedVersion expected, ReadOnlyMemory<byte> metadata = default) =>
        new(streamId, expected, [new EventData(Guid.CreateVersion7(), TombstoneType, default, metadata)]);
}
