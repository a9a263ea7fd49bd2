using System.Buffers.Binary;

namespace FlexCore.EventStore.Archives;

/// <summary>
/// Ids that tell when they were made: UUIDs of version 7 (RFC 9562, section 5.7), ordered by time. What was made before the newest that has left may have left itself; what was made
/// since has not, and nobody has to remember it to know so.
/// </summary>
internal static class DatedId
{
    private const int TextLength = 36;

    /// <summary>Whether an id tells a time that is not later than a moment.</summary>
    public static bool IsDated(Guid id, DateTimeOffset upTo) => IsDated(id) && MadeAt(id) <= upTo.ToUnixTimeMilliseconds();

    /// <summary>Whether an id tells a time.</summary>
    public static bool IsDated(Guid id) => id.Version == 7;

    /// <summary>The id that a stream is named after, as <c>run-</c> and one; null of another name, or where the id is not written as usual.</summary>
    public static Guid? OfStream(string streamId)
    {
        var start = streamId.Length - TextLength;
        if (start < 1 || streamId.IndexOf('-', StringComparison.Ordinal) != start - 1 || !Guid.TryParseExact(streamId.AsSpan(start), "D", out var id)) return null;

        // Otherwise names would not be ordered as the ids are.
        return IsDated(id) && !streamId.AsSpan(start).ContainsAnyInRange('A', 'F') ? id : null;
    }

    private static long MadeAt(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16;
    }
}
