using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace FlexCore.Cli.Output;

/// <summary>JSON on standard output.</summary>
internal static class JsonOutput
{
    /// <summary>Readable, and with letters of every script as they are.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = JsonTypeInfoResolver.Combine(),
    };

    /// <summary>Prints one document.</summary>
    public static void Print(JsonNode document) => Console.Out.WriteLine(EscapeFormatting(document.ToJsonString(Options)));

    /// <summary>An array of what the items are described as.</summary>
    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> describe) => new([.. items.Select(describe)]);

    /// <summary>
    /// Escapes what turns the direction of text around and the like: it can only stand in texts, and would show them as what they
    /// are not.
    /// </summary>
    private static string EscapeFormatting(string json)
    {
        if (!json.Any(IsFormatting)) return json;
        var escaped = new StringBuilder(json.Length + 64);
        foreach (var c in json) _ = IsFormatting(c) ? escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : escaped.Append(c);
        return escaped.ToString();
    }

    private static bool IsFormatting(char c) => char.GetUnicodeCategory(c) == UnicodeCategory.Format;

    /// <summary>A JSON value as a node.</summary>
    public static JsonNode? Node(JsonElement element) => JsonNode.Parse(element.GetRawText());
}
