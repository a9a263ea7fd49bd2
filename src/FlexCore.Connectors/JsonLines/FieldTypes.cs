using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.Connectors.JsonLines;

/// <summary>The fields of the first records, and which types they have been seen with.</summary>
internal sealed class FieldTypes
{
    private readonly OrderedDictionary<string, SortedSet<string>> _types = new(StringComparer.Ordinal);

    /// <summary>Looks at a record.</summary>
    /// <exception cref="JsonException">It is not a JSON object.</exception>
    public void Note(ReadOnlySpan<byte> record)
    {
        using var document = JsonDocument.Parse(record.ToArray());
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("it is not a JSON object");
        foreach (var field in document.RootElement.EnumerateObject())
        {
            if (!_types.TryGetValue(field.Name, out var types)) _types.Add(field.Name, types = new SortedSet<string>(StringComparer.Ordinal));
            if (TypeOf(field.Value) is { } type) types.Add(type);
        }
    }

    /// <summary>JSON Schema of such records: a field of which nothing but null was seen may be anything, and one that is no key may be missing.</summary>
    public JsonObject Schema(IReadOnlyList<string> keys) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(_types.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)Schema(field.Value, keys.Contains(field.Key))))),
    };

    private static JsonObject Schema(SortedSet<string> types, bool isKey)
    {
        if (types.Count == 0) return [];
        if (types.Contains("number")) types.Remove("integer");
        return new JsonObject { ["type"] = new JsonArray([.. (isKey ? types : types.Prepend("null")).Select(type => (JsonNode)type)]) };
    }

    private static string? TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => value.GetRawText().AsSpan().IndexOfAny(".eE") < 0 ? "integer" : "number",
        _ => null,
    };
}
