using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FlexCore.Infrastructure.Files;

/// <summary>Links to files of a folder: whoever serves them need not know to whom they were given, for they are signed.</summary>
/// <param name="address">What they begin with.</param>
/// <param name="key">What they are signed with.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalLinks(string address, string key, TimeProvider time)
{
    private static readonly Dictionary<string, string> NoHeaders = [];

    public FileLink Create(string name, FileLinkUse use, TimeSpan validFor)
    {
        var ends = (time.GetUtcNow() + validFor).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var path = string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        return new FileLink(new Uri($"{address}{path}?expires={ends}&signature={Base64Url(Sign(name, use, ends))}"), use, NoHeaders);
    }

    public bool IsValid(string name, FileLinkUse use, string ends, string signature) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(Base64Url(Sign(name, use, ends))))
        && long.TryParse(ends, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && time.GetUtcNow().ToUnixTimeSeconds() < seconds;

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    // A name has no line breaks, so that no two have the same text.
    private byte[] Sign(string name, FileLinkUse use, string ends) => HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{use}\n{name}\n{ends}"));
}
