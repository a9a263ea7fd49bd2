using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FlexCore.Infrastructure.Files;

/// <summary>Signs requests and links with the key of a storage account (https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key and …/create-service-sas).</summary>
/// <param name="options">Have the key.</param>
/// <param name="time">The clock.</param>
internal sealed class AzureBlobKey(AzureBlobFilesOptions options, TimeProvider time)
{
    /// <summary>The version of the protocol.</summary>
    public const string Version = "2023-11-03";

    private readonly byte[] _key = Convert.FromBase64String(options.AccountKey);

    /// <summary>Puts the time and the signature into a request that has all else.</summary>
    public void Sign(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("x-ms-date", time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture));
        var content = request.Content?.Headers;
        var headers = request.Headers.Where(header => header.Key.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase)).Select(header => (Name: header.Key.ToLowerInvariant(), Value: string.Join(',', header.Value))).OrderBy(header => header.Name, StringComparer.Ordinal);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{request.Method.Method}\n\n\n{(content?.ContentLength is > 0 and var length ? length : "")}\n\n{content?.ContentType?.ToString()}\n\n\n\n\n\n{request.Headers.Range?.ToString()}\n");
        foreach (var (name, value) in headers) text.Append(CultureInfo.InvariantCulture, $"{name}:{value}\n");
        text.Append(CultureInfo.InvariantCulture, $"/{options.Account}{request.RequestUri!.AbsolutePath}");
        foreach (var (name, value) in Query(request.RequestUri).OrderBy(pair => pair.Name, StringComparer.Ordinal)) text.Append(CultureInfo.InvariantCulture, $"\n{name}:{value}");
        request.Headers.TryAddWithoutValidation("Authorization", $"SharedKey {options.Account}:{Sign(text.ToString())}");
    }

    /// <summary>The query that lets whoever has it use one blob.</summary>
    /// <param name="blob">Its name in the container.</param>
    /// <param name="permissions">As <c>r</c>.</param>
    /// <param name="ends">Until when.</param>
    public string CreateSas(string blob, string permissions, DateTimeOffset ends)
    {
        var (until, protocol) = (ends.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), options.Address.Scheme == Uri.UriSchemeHttps ? "https" : "https,http");
        string[] lines = [permissions, "", until, $"/blob/{options.Account}/{options.Container}/{blob}", "", "", protocol, Version, "b", "", "", "", "", "", "", ""];
        return $"sv={Version}&spr={Uri.EscapeDataString(protocol)}&se={Uri.EscapeDataString(until)}&sr=b&sp={permissions}&sig={Uri.EscapeDataString(Sign(string.Join('\n', lines)))}";
    }

    private static IEnumerable<(string Name, string Value)> Query(Uri address) => address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (Uri.UnescapeDataString(pair[0]).ToLowerInvariant(), Uri.UnescapeDataString(pair[^1])));

    private string Sign(string text) => Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
}
