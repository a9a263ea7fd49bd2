using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlexCore.Infrastructure.SecretSources;

/// <summary>A secret as it is kept; or that there is none.</summary>
/// <param name="Secret">The secret; null for none.</param>
internal sealed record KeptSecret(SourcedSecret? Secret);

/// <summary>Encrypts what is kept: AES-256-GCM, a new nonce each time, bound to its key so that one entry cannot be put in the place of another.</summary>
internal sealed class SecretEnvelope : IDisposable
{
    private const int KeyBytes = 32;

    private readonly AesGcm _cipher;

    /// <param name="key">32 bytes; null for a key that nobody else has.</param>
    public SecretEnvelope(ReadOnlyMemory<byte>? key)
    {
        var bytes = key?.ToArray() ?? RandomNumberGenerator.GetBytes(KeyBytes);
        if (bytes.Length != KeyBytes) throw new ArgumentException($"The key must have {KeyBytes} bytes.", nameof(key));
        _cipher = new AesGcm(bytes, AesGcm.TagByteSizes.MaxSize);
        CryptographicOperations.ZeroMemory(bytes);
    }

    /// <summary>Encrypts a secret for its place in a store.</summary>
    public byte[] Seal(string key, KeptSecret kept)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(kept, SecretEnvelopeJson.Default.KeptSecret);
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        var sealedBytes = new byte[nonce + tag + plain.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, nonce));
        _cipher.Encrypt(sealedBytes.AsSpan(0, nonce), plain, sealedBytes.AsSpan(nonce + tag), sealedBytes.AsSpan(nonce, tag), Encoding.UTF8.GetBytes(key));
        CryptographicOperations.ZeroMemory(plain);
        return sealedBytes;
    }

    /// <returns>The secret; null where the bytes are not one that was encrypted for this place with this key.</returns>
    public KeptSecret? Open(string key, ReadOnlyMemory<byte> sealedBytes)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        if (sealedBytes.Length < nonce + tag) return null;
        var plain = new byte[sealedBytes.Length - nonce - tag];
        try
        {
            _cipher.Decrypt(sealedBytes.Span[..nonce], sealedBytes.Span[(nonce + tag)..], sealedBytes.Span[nonce..(nonce + tag)], plain, Encoding.UTF8.GetBytes(key));
            return JsonSerializer.Deserialize(plain, SecretEnvelopeJson.Default.KeptSecret);
        }
        catch (Exception e) when (e is CryptographicException or JsonException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    public void Dispose() => _cipher.Dispose();
}

[JsonSerializable(typeof(KeptSecret))]
internal sealed partial class SecretEnvelopeJson : JsonSerializerContext;
