using System.Buffers.Text;
using System.Security.Cryptography;

namespace FlexCore.Domain.Access;

/// <summary>The text of an access token: <c>flexcore_</c>, its id as 32 hexadecimal digits, <c>_</c>, its secret in base64url (RFC 4648, 5). What scans for leaked secrets knows it by its beginning.</summary>
/// <param name="Id">The token.</param>
/// <param name="Secret">Its secret.</param>
public sealed record TokenText(Guid Id, ReadOnlyMemory<byte> Secret)
{
    /// <summary>How long a secret is: nobody guesses 256 random bits, so a plain hash of them is as good as a slow one.</summary>
    public const int SecretBytes = 32;

    /// <summary>What every one begins with.</summary>
    public const string Prefix = "flexcore_";
    private const int IdLength = 32;
    private const int SecretLength = 43;

    /// <summary>Reads one; null where it is none.</summary>
    public static TokenText? Parse(string text)
    {
        if (text.Length != Prefix.Length + IdLength + 1 + SecretLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_') return null;
        var secret = text.AsSpan(Prefix.Length + IdLength + 1);
        return Guid.TryParseExact(text.AsSpan(Prefix.Length, IdLength), "N", out var id) && Base64Url.IsValid(secret, out var length) && length == SecretBytes
            ? new TokenText(id, Base64Url.DecodeFromChars(secret))
            : null;
    }

    /// <summary>Whether this is the secret of a token. It takes as long whatever the secret is.</summary>
    public bool Proves(AccessToken token) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(Secret.Span), Convert.FromHexString(token.Hash));

    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}{Id:N}_{Base64Url.EncodeToString(Secret.Span)}";
}
