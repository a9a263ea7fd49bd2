using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace FlexCore.EventStore.Hashing;

/// <summary>What an event's hash is of. The first byte tells the kinds of content apart, and every text and content has its length before it: no two events give the same bytes.</summary>
/// <remarks>docs/verify.py does the same, for those who do not want to trust this code.</remarks>
internal static class EventHash
{
    private const byte DigestPrefix = 1;
    private const byte ChainPrefix = 2;
    private const int IdSize = 16;

    /// <summary>The hash of the whole event, which holds the whole stream up to it.</summary>
    /// <param name="recorded">The event.</param>
    /// <param name="previous">The hash of the event before it in its stream; the default one (all zeros) for version 1.</param>
    internal static LogHash Of(RecordedEvent recorded, LogHash previous) =>
        Chain(previous, recorded.Position, recorded.Version, Digest(recorded.Id, recorded.RecordedAt, recorded.StreamId, recorded.Type, recorded.Data.Span, recorded.Metadata.Span));

    /// <summary>The hash of what the event says, which is known before its place is.</summary>
    internal static LogHash Digest(Guid id, DateTimeOffset at, string streamId, string type, ReadOnlySpan<byte> data, ReadOnlySpan<byte> metadata)
    {
        var size = sizeof(byte) + IdSize + sizeof(long) + (4 * sizeof(uint)) + Encoding.UTF8.GetByteCount(streamId) + Encoding.UTF8.GetByteCount(type) + data.Length + metadata.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            buffer[0] = DigestPrefix;
            id.TryWriteBytes(buffer.AsSpan(sizeof(byte)), bigEndian: true, out _);
            BinaryPrimitives.WriteInt64BigEndian(buffer.AsSpan(sizeof(byte) + IdSize), (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            var rest = buffer.AsSpan(sizeof(byte) + IdSize + sizeof(long));
            rest = Write(rest, streamId);
            rest = Write(rest, type);
            rest = Write(rest, data);
            Write(rest, metadata);
            return LogHash.Of(buffer.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The hash of an event at its place, behind the one before it in its stream.</summary>
    internal static LogHash Chain(LogHash previous, long position, long version, LogHash digest)
    {
        Span<byte> content = stackalloc byte[sizeof(byte) + LogHash.Size + (2 * sizeof(long)) + LogHash.Size];
        content[0] = ChainPrefix;
        previous.CopyTo(content[sizeof(byte)..]);
        var place = content[(sizeof(byte) + LogHash.Size)..];
        BinaryPrimitives.WriteInt64BigEndian(place, position);
        BinaryPrimitives.WriteInt64BigEndian(place[sizeof(long)..], version);
        digest.CopyTo(place[(2 * sizeof(long))..]);
        return LogHash.Of(content);
    }

    private static Span<byte> Write(Span<byte> target, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, target[sizeof(uint)..]);
        BinaryPrimitives.WriteInt32BigEndian(target, length);
        return target[(sizeof(uint) + length)..];
    }

    private static Span<byte> Write(Span<byte> target, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteInt32BigEndian(target, content.Length);
        content.CopyTo(target[sizeof(uint)..]);
        return target[(sizeof(uint) + content.Length)..];
    }
}
