using System.Security.Cryptography;
using System.Text;

namespace FlexCore.EventStore.Erasure;

/// <summary>What is done with the master key. It is used for nothing itself, only keys that are derived from it are.</summary>
internal sealed class MasterKey
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _wrapping;
    private readonly byte[] _naming;

    public MasterKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != SealedBox.KeySize) throw new ArgumentException($"A master key has {SealedBox.KeySize} bytes, not {key.Length}.", nameof(key));
        _wrapping = Derive(key, "wrap keys of subjects");
        _naming = Derive(key, "name subjects");
        Fingerprint = Derive(key, "fingerprint");
    }

    /// <summary>Tells two master keys apart, and nothing else about them.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>A name for the subject that nobody who lacks this key can guess, however short the list of possible subjects.</summary>
    /// <exception cref="ArgumentException">It is empty, too long, or no Unicode.</exception>
    public byte[] Name(string subject)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        if (subject.Length > PersonalData.MaxSubjectLength) throw new ArgumentException($"A subject has at most {PersonalData.MaxSubjectLength} characters, not {subject.Length}.", nameof(subject));
        try
        {
            return HMACSHA256.HashData(_naming, StrictUtf8.GetBytes(subject));
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("The subject is not valid Unicode.", nameof(subject), e);
        }
    }

    /// <summary>A new key for a subject.</summary>
    public SubjectKey Make(byte[] subject)
    {
        var id = Guid.NewGuid();
        var key = RandomNumberGenerator.GetBytes(SealedBox.KeySize);
        var wrapped = SealedBox.Seal(_wrapping, key, About(id, subject));
        CryptographicOperations.ZeroMemory(key);
        return new SubjectKey(id, subject, wrapped, Erasure: null);
    }

    /// <summary>The key itself.</summary>
    public byte[] Unwrap(SubjectKey key) =>
        SealedBox.Open(_wrapping, key.Wrapped, About(key.Id, key.Subject)) ?? throw PersonalDataException.KeyDamaged(key.Id);

    private static byte[] About(Guid id, byte[] subject) => [.. id.ToByteArray(bigEndian: true), .. subject];

    private static byte[] Derive(ReadOnlySpan<byte> key, string purpose)
    {
        var derived = new byte[SealedBox.KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, salt: default, Encoding.UTF8.GetBytes($"FlexCore.EventStore {purpose}"));
        return derived;
    }
}
