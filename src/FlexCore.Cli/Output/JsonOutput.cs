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
    public static void Print(JsonNode document) => Console.Out.WriteLine(document.ToJsonString(Options));

    /// <summary>An array of what the items are described as.</summary>
    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> describe) => new([.. items.Select(describe)]);

    /// <summary>A JSON value as a node.</summary>
    public static JsonNode? Node(JsonElement element) => JsonNode.Parse(element.GetRawText());
}
