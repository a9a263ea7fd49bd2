using System.Buffers.Binary;
using System.Security.Cryptography;
using FlexCore.EventStore.Checkpoints;

namespace FlexCore.EventStore;

/// <summary>The public half of a key: ECDSA over P-256 with SHA-256. Its id is that of the type 0x02 of C2SP signed-note.</summary>
public sealed class VerificationKey
{
    private const string Label = "PUBLIC KEY";
    private const string P256 = "1.2.840.10045.3.1.7";

    private readonly byte[] _spki;

    internal VerificationKey(string name, ECDsa key)
    {
        if (!NoteSignature.IsName(name)) throw new ArgumentException($"The name of a key is not empty and has no spaces and no '+': '{name}'.", nameof(name));
        if (!IsP256(key)) throw new FormatException("The key is not one of the curve P-256.");
        Name = name;
        _spki = key.ExportSubjectPublicKeyInfo();
        Id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(_spki));
    }

    /// <summary>The name of the key.</summary>
    public string Name { get; }

    /// <summary>What tells it from other keys of its name.</summary>
    public uint Id { get; }

    /// <summary>Takes a key from a file.</summary>
    /// <param name="name">What it is called in notes.</param>
    /// <param name="pem">The PEM of a public key.</param>
    /// <returns>The key.</returns>
    /// <exception cref="FormatException">This is no public key of the curve P-256.</exception>
    public static VerificationKey FromPem(string name, string pem)
    {
        using var key = Pem.Read(pem, Label, static (key, der) => { key.ImportSubjectPublicKeyInfo(der, out var read); return read; });
        return new VerificationKey(name, key);
    }

    /// <summary>Gives the key for a file.</summary>
    /// <returns>PEM.</returns>
    public string ToPem() => PemEncoding.WriteString(Label, _spki) + "\n";

    /// <summary>Gives the key on one line.</summary>
    /// <returns>The DER of its SubjectPublicKeyInfo in base64.</returns>
    public override string ToString() => Convert.ToBase64String(_spki);

    internal bool Verify(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_spki, out _);
        try
        {
            return key.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            // No signature at all, but some other bytes.
            return false;
        }
    }

    private static bool IsP256(ECDsa key) => key.ExportParameters(includePrivateParameters: false).Curve is { IsNamed: true, Oid.Value: P256 };
}
