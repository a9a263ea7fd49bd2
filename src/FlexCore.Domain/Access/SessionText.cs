using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FlexCore.Domain.Access;

/// <summary>What the browser of somebody who has signed in shows: the session's secret, and when it was used last, sealed.</summary>
public sealed record SessionText
{
    private const int SecretBytes = 32;
    private const int SecretLength = 43;

    private SessionText(string secret, DateTimeOffset usedAt, string mac) => (Secret, UsedAt, Mac) = (secret, usedAt, mac);

    /// <summary>When it was used last, to the second.</summary>
    public DateTimeOffset UsedAt { get; }

    /// <summary>The event stream of the session.</summary>
    public string EventStream => EventStreams.Session(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret))));

    /// <summary>What forms carry that were made for this session: it can be told from the session, and nothing of the session from it.</summary>
    public string FormToken => Sign("form", Secret);

    private string Secret { get; }

    private string Mac { get; }

    /// <summary>Reads one; null where it is none.</summary>
    public static SessionText? Parse(string text) =>
        text.Split('.') is [{ Length: SecretLength } secret, var used, { Length: SecretLength } mac]
        && Base64Url.IsValid(secret) && Base64Url.IsValid(mac)
        && long.TryParse(used, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? new SessionText(secret, DateTimeOffset.FromUnixTimeSeconds(seconds), mac)
            : null;

    /// <summary>A new one.</summary>
    /// <param name="now">The time.</param>
    /// <param name="seal">With what it is sealed.</param>
    public static SessionText Create(DateTimeOffset now, out string seal)
    {
        seal = Random();
        return new SessionText(Random(), now, "").UsedAgain(now, seal);
    }

    /// <summary>Whether a form was made for this session. It takes as long whatever the form says.</summary>
    public bool IsFormToken(string shown) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(FormToken), Encoding.UTF8.GetBytes(shown));

    /// <summary>The same session, used at a time.</summary>
    public SessionText UsedAgain(DateTimeOffset now, string seal)
    {
        var used = now.ToUnixTimeSeconds();
        return new SessionText(Secret, DateTimeOffset.FromUnixTimeSeconds(used), Sign($"{Secret}.{used}", seal));
    }

    /// <summary>Whether what it says of its last use was sealed with that.</summary>
    public bool IsSealedWith(string seal) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign($"{Secret}.{UsedAt.ToUnixTimeSeconds()}", seal)), Encoding.ASCII.GetBytes(Mac));

    /// <inheritdoc/>
    public override string ToString() => $"{Secret}.{UsedAt.ToUnixTimeSeconds()}.{Mac}";

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    private static string Sign(string what, string key) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(what)));
}
