using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Scheduling;

/// <summary>A message as it came in, signed in the manner of <see href="https://www.standardwebhooks.com">Standard Webhooks</see> 1.0.</summary>
/// <param name="Id">The header <c>webhook-id</c>: the same when the message is sent again.</param>
/// <param name="Timestamp">The header <c>webhook-timestamp</c>: when it was sent, in seconds since 1970.</param>
/// <param name="Signatures">The header <c>webhook-signature</c>: <c>v1,</c> and the HMAC-SHA256 of id, timestamp and body, joined by dots, in base64; several of them, with spaces between, while a secret is changed.</param>
/// <param name="Body">The body, byte by byte.</param>
public sealed record WebhookMessage(string? Id, string? Timestamp, string? Signatures, ReadOnlyMemory<byte> Body)
{
    private const string KeyPrefix = "whsec_";
    private const string SignaturePrefix = "v1,";
    private const int LongestId = 256;
    private const int MostSignatures = 10;

    /// <summary>How far its time may be from ours: whoever has got hold of a message can send it again for so long, and then comes to the same run.</summary>
    public static TimeSpan Tolerance { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Says why a message is not to be believed; null when it is.</summary>
    /// <param name="secret">What both sides know: <c>whsec_</c> and base64, or any text.</param>
    /// <param name="now">The time.</param>
    public Error? Refuse(string secret, DateTimeOffset now)
    {
        if (Id is not { Length: > 0 and <= LongestId } || Signatures is null || !long.TryParse(Timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return Refused("the headers webhook-id, webhook-timestamp (in seconds) and webhook-signature must be there");
        if (Math.Abs(now.ToUnixTimeSeconds() - (decimal)seconds) > (decimal)Tolerance.TotalSeconds) return Refused($"it was sent more than {Tolerance.TotalMinutes:0} minutes before or after this server's time");
        var expected = Sign(Id, seconds, Body.Span, Key(secret));
        return Signatures.Split(' ', MostSignatures).Any(Matches) ? null : Refused("none of its signatures is that of the secret");

        // In a time that does not tell how much of it was right.
        bool Matches(string signature) =>
            signature.StartsWith(SignaturePrefix, StringComparison.Ordinal)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature[SignaturePrefix.Length..]), Encoding.UTF8.GetBytes(expected));
    }

    private static string Sign(string id, long timestamp, ReadOnlySpan<byte> body, byte[] key)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return Convert.ToBase64String(HMACSHA256.HashData(key, content));
    }

    private static byte[] Key(string secret)
    {
        if (!secret.StartsWith(KeyPrefix, StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(secret);
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[KeyPrefix.Length..], key, out var length) ? key[..length] : Encoding.UTF8.GetBytes(secret);
    }

    private static Error Refused(string why) => new(ErrorCodes.WebhookRefused, $"the message is not believed: {why}");
}
