using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Client;

namespace FlexCore.Cli.Output;

/// <summary>JSON on standard output.</summary>
internal static class JsonOutput
{
    /// <summary>Readable, and with letters of every script as they are.</summary>
    public static JsonSerializerOptions Options { get; } = Readable(JsonTypeInfoResolver.Combine());

    /// <summary>The documents of the API, readable like that.</summary>
    public static FlexCoreJson Documents => field ??= new FlexCoreJson(Readable(resolver: null));

    /// <summary>Prints one document.</summary>
    public static void Print(JsonNode document) => Print(document.ToJsonString(Options));

    /// <summary>Prints one document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="json">Of <see cref="Documents"/>.</param>
    public static void Print<T>(T document, JsonTypeInfo<T> json) => Print(JsonSerializer.Serialize(document, json));

    /// <summary>An array of what the items are described as.</summary>
    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> describe) => new([.. items.Select(describe)]);

    /// <summary>A JSON value as a node.</summary>
    public static JsonNode? Node(JsonElement element) => JsonNode.Parse(element.GetRawText());

    private static void Print(string json) => Console.Out.WriteLine(EscapeFormatting(json));

    private static JsonSerializerOptions Readable(IJsonTypeInfoResolver? resolver) => new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = resolver,
    };

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
}
