using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace FlexCore.EventStore;

/// <summary>A SHA-256 hash. A value without a reference: a million of them are one array.</summary>
public readonly record struct LogHash
{
    /// <summary>How many bytes a hash has.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private readonly Vector256<byte> _bytes;

    /// <summary>Takes a hash from its bytes.</summary>
    /// <param name="bytes">32 bytes.</param>
    /// <exception cref="ArgumentException">There are fewer or more.</exception>
    public LogHash(ReadOnlySpan<byte> bytes) =>
        _bytes = bytes.Length == Size ? Vector256.Create(bytes) : throw new ArgumentException($"A hash has {Size} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>Writes the 32 bytes.</summary>
    /// <param name="destination">Where to.</param>
    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>Gives the 32 bytes.</summary>
    /// <returns>A new array.</returns>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Gives the hash as text.</summary>
    /// <returns>Base64, as in a checkpoint.</returns>
    public override string ToString() => Convert.ToBase64String(ToArray());

    internal static LogHash Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(content, hash);
        return new LogHash(hash);
    }
}
