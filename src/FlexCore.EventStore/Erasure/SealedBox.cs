using System.Security.Cryptography;

namespace FlexCore.EventStore.Erasure;

/// <summary>Bytes under AES-256-GCM: nonce, ciphertext, tag.</summary>
internal static class SealedBox
{
    public const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <summary>Closes a box.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="plain">What goes into it.</param>
    /// <param name="about">What it is about; it does not open for anything else.</param>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> about)
    {
        var box = new byte[NonceSize + plain.Length + TagSize];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), plain, box.AsSpan(NonceSize, plain.Length), box.AsSpan(NonceSize + plain.Length), about);
        return box;
    }

    /// <returns>What is in it; null when this key did not close it, for this, or it was changed.</returns>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> about)
    {
        var length = box.Length - NonceSize - TagSize;
        if (length < 0) return null;
        var plain = new byte[length];
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(box[..NonceSize], box.Slice(NonceSize, length), box[(NonceSize + length)..], plain, about);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
