using System.Security.Cryptography;
using System.Text.Json;

namespace FlexCore.Domain.Schemas;

/// <summary>
/// SHA-256, in lower-case hex, of a schema and its keys in one form: names in order, lists whose order says nothing sorted, and
/// without what is only for people (title, description, examples, $comment).
/// </summary>
public static class SchemaFingerprint
{
    private static readonly HashSet<string> Annotations = new(["title", "description", "examples", "$comment"], StringComparer.Ordinal);
    private static readonly HashSet<string> Sets = new(["required", "type", "enum"], StringComparer.Ordinal);

    /// <summary>The fingerprint of what a SCHEMA message says.</summary>
    /// <param name="schema">Its JSON Schema.</param>
    /// <param name="keys">Its key properties.</param>
    public static string Of(JsonElement schema, IReadOnlyList<string> keys)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartArray();
            Write(writer, schema, isNames: false);
            foreach (var key in keys.Order(StringComparer.Ordinal)) writer.WriteStringValue(key);
            writer.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(text.GetBuffer().AsSpan(0, (int)text.Length)));
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value, bool isNames)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    // A field may be called description.
                    if (!isNames && Annotations.Contains(member.Name)) continue;
                    writer.WritePropertyName(member.Name);
                    if (!isNames && Sets.Contains(member.Name) && member.Value.ValueKind == JsonValueKind.Array) WriteSorted(writer, member.Value);
                    else Write(writer, member.Value, isNames: !isNames && member.Name is ("properties" or "patternProperties" or "definitions" or "$defs"));
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item, isNames: false);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static void WriteSorted(Utf8JsonWriter writer, JsonElement list)
    {
        writer.WriteStartArray();
        foreach (var item in list.EnumerateArray().OrderBy(item => item.GetRawText(), StringComparer.Ordinal)) item.WriteTo(writer);
        writer.WriteEndArray();
    }
}
