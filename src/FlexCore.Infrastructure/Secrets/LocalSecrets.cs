using System.Security.Cryptography;
using System.Text;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Secrets;

/// <summary>
/// Secrets in a file of the data directory (<c>secrets.json</c>), each value under AES-256-GCM. The key is in a file beside it
/// (<c>keys/secrets.key</c>), made with the first secret: the two together are the secrets, either alone is nothing.
/// </summary>
internal sealed class LocalSecrets(string dataDirectory, TimeProvider time) : ISecretStore
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int KeySize = 32;

    private readonly SecretsFile _file = new(Path.Combine(dataDirectory, "secrets.json"), time);
    private readonly KeyFile _key = new(Path.Combine(dataDirectory, "keys", "secrets.key"), () => RandomNumberGenerator.GetBytes(KeySize));

    public string Place => "the local store";

    public async ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken)
    {
        var document = await _file.ReadAsync(cancellationToken);
        return document.Secrets.TryGetValue(name, out var sealedSecret)
            ? Open(ReadKey(document), name, sealedSecret)
            : new Error(ErrorCodes.SecretMissing, $"there is no secret {name}", SpecificRemedy: $"Set it with `flexcore secrets set {name}`.");
    }

    public async ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken)
    {
        var document = await _file.ReadAsync(cancellationToken);
        return [.. document.Secrets.Select(entry => new SecretEntry(entry.Key, entry.Value.SetAt))];
    }

    public async ValueTask SetAsync(string name, string value, CancellationToken cancellationToken) => await _file.ChangeAsync(
        document =>
        {
            var key = ReadKey(document);
            document.Key = Fingerprint(key);
            document.Secrets[name] = Seal(key, name, value, time.GetUtcNow());
        },
        cancellationToken);

    // Without the key: what it cannot open any more can be removed all the same.
    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken) =>
        await _file.ChangeAsync(document => document.Secrets.Remove(name), cancellationToken);

    private static SealedSecret Seal(byte[] key, string name, string value, DateTimeOffset at)
    {
        var plain = Encoding.UTF8.GetBytes(value);
        var box = new byte[NonceSize + plain.Length + TagSize];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), plain, box.AsSpan(NonceSize, plain.Length), box.AsSpan(NonceSize + plain.Length), About(name, at));
        CryptographicOperations.ZeroMemory(plain);
        return new SealedSecret(at, box);
    }

    private string Open(byte[] key, string name, SealedSecret secret)
    {
        var plain = new byte[Math.Max(0, secret.Value.Length - NonceSize - TagSize)];
        try
        {
            using var aes = new AesGcm(key, TagSize);
            aes.Decrypt(secret.Value.AsSpan(0, NonceSize), secret.Value.AsSpan(NonceSize, plain.Length), secret.Value.AsSpan(NonceSize + plain.Length), plain, About(name, secret.SetAt));
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception e) when (e is AuthenticationTagMismatchException or ArgumentException)
        {
            throw _file.Unreadable($"the value of secret {name} is not what was written", $"Set it again with `flexcore secrets set {name}`, and find out who or what has changed the file.");
        }
    }

    /// <summary>What a value belongs to: moved to another name or time, it does not open.</summary>
    private static byte[] About(string name, DateTimeOffset at) => Encoding.UTF8.GetBytes($"flexcore secret\n{name}\n{at:O}");

    /// <summary>Tells two keys apart, and nothing else about them.</summary>
    private static byte[] Fingerprint(byte[] key) => HMACSHA256.HashData(key, "flexcore secrets key"u8);

    /// <summary>The key that the values are under; made when there is none yet and nothing that it would have to open.</summary>
    private byte[] ReadKey(SecretsDocument document)
    {
        if (document.Secrets.Count > 0 && !_key.Exists) throw _file.Unreadable("its key, keys/secrets.key, is missing");
        var key = _key.Read();
        if (key.Length != KeySize) throw _file.Unreadable($"its key, keys/secrets.key, has {key.Length} bytes instead of {KeySize}");
        return document.Secrets.Count == 0 || CryptographicOperations.FixedTimeEquals(document.Key, Fingerprint(key))
            ? key
            : throw _file.Unreadable("its values are under another key than keys/secrets.key");
    }
}
