using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FlexCore.Domain.Scheduling;

/// <summary>
/// The id of a run that something has caused: always the same one for the same cause. Whoever notices the cause again, on another node or after a crash, finds the run there, and
/// so no cause has two.
/// </summary>
public static class CausedRun
{
    /// <summary>Makes the id: a UUIDv7 whose random bits are a hash of the cause.</summary>
    /// <param name="at">When the cause was there; part of it.</param>
    /// <param name="cause">What tells it from all others, in parts: the pipeline first.</param>
    public static Guid Id(DateTimeOffset at, params IEnumerable<string> cause)
    {
        Span<byte> id = stackalloc byte[16];
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', cause)));
        hash.AsSpan(0, id.Length).CopyTo(id);
        var milliseconds = at.ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt32BigEndian(id, (uint)(milliseconds >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(id[4..], (ushort)milliseconds);
        id[6] = (byte)(0x70 | (id[6] & 0x0F));
        id[8] = (byte)(0x80 | (id[8] & 0x3F));
        return new Guid(id, bigEndian: true);
    }

    /// <summary>The time in a UUIDv7, to the millisecond.</summary>
    public static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
    }
}
