using System.Security.Cryptography;
using FlexCore.EventStore.Checkpoints;

namespace FlexCore.EventStore;

/// <summary>A key that signs notes: ECDSA over P-256 with SHA-256. Whoever has its file can sign as the log.</summary>
public sealed class SigningKey : IDisposable
{
    private const string Label = "PRIVATE KEY";

    private readonly ECDsa _key;

    private SigningKey(string name, ECDsa key)
    {
        _key = key;
        Verification = new VerificationKey(name, key);
    }

    /// <summary>The public half, for those who verify.</summary>
    public VerificationKey Verification { get; }

    /// <summary>Makes a new key.</summary>
    /// <param name="name">What it is called in notes.</param>
    /// <returns>The key.</returns>
    public static SigningKey Create(string name) => Own(name, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Takes a key from a file.</summary>
    /// <param name="name">What it is called in notes.</param>
    /// <param name="pem">The PEM of a private key (PKCS #8), not encrypted.</param>
    /// <returns>The key.</returns>
    /// <exception cref="FormatException">This is no private key of the curve P-256.</exception>
    public static SigningKey FromPem(string name, string pem) =>
        Own(name, Pem.Read(pem, Label, static (key, der) => { key.ImportPkcs8PrivateKey(der, out var read); return read; }));

    /// <summary>Gives the key for a file that nobody else can read.</summary>
    /// <returns>PEM (PKCS #8).</returns>
    public string ToPem() => PemEncoding.WriteString(Label, _key.ExportPkcs8PrivateKey()) + "\n";

    /// <summary>Forgets the key.</summary>
    public void Dispose() => _key.Dispose();

    internal byte[] Sign(ReadOnlySpan<byte> content) => _key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static SigningKey Own(string name, ECDsa key)
    {
        try
        {
            return new SigningKey(name, key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
