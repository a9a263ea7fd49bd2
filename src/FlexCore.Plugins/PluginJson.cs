using System.Text.Json;
using System.Text.Unicode;

namespace FlexCore.Plugins;

/// <summary>JSON that a plugin wrote: what is taken from it can be stored and shown.</summary>
internal static class PluginJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The object; null when the text is anything else, has a key twice, nests deeply, or holds text that is not Unicode.</summary>
    public static JsonElement? ParseObject(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span)) return null;
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;

            // The parser lets half a surrogate pair pass; the event log would fail on it.
            using var writer = new Utf8JsonWriter(Stream.Null);
            document.RootElement.WriteTo(writer);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
