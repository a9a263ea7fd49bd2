using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Tests.Schemas;

/// <summary>Walks through a document and, beside it, through the parts of the schema that are for its values.</summary>
internal sealed class SchemaWalk(JsonObject root)
{
    private readonly HashSet<JsonNode> _seen = [];

    /// <summary>Each object of known keys, and each word out of several, with the place in the document.</summary>
    public IEnumerable<(JsonObject Schema, JsonNode? Value, string Path)> Visit(JsonNode? document) => Visit(root, document, "");

    /// <summary>What of the schema no document has come to.</summary>
    public IEnumerable<string> Unseen => All(root).Where(schema => (IsMap(schema) || IsWord(schema)) && !_seen.Contains(schema)).Select(schema => schema.GetPath());

    public static bool IsMap(JsonObject schema) => schema["additionalProperties"] is JsonValue;

    public static bool IsWord(JsonObject schema) => schema["enum"] is not null;

    private IEnumerable<(JsonObject Schema, JsonNode? Value, string Path)> Visit(JsonObject schema, JsonNode? value, string path)
    {
        if (schema["$ref"] is { } reference) schema = root["definitions"]![reference.GetValue<string>()["#/definitions/".Length..]]!.AsObject();
        foreach (var branch in schema["anyOf"]?.AsArray() ?? [])
        {
            foreach (var found in Visit(branch!.AsObject(), value, path)) yield return found;
        }

        if ((IsMap(schema) && value is JsonObject) || (IsWord(schema) && value is not (JsonObject or JsonArray)))
        {
            _seen.Add(schema);
            yield return (schema, value, path);
        }

        var members = value switch
        {
            JsonObject map => map.Select(member => (Key: member.Key, member.Value, Schema: schema["properties"]?[member.Key] ?? schema["additionalProperties"] as JsonObject)),
            JsonArray list => list.Select((item, index) => (Key: index.ToString(), Value: item, Schema: schema["items"])),
            _ => [],
        };
        foreach (var (key, member, inner) in members.ToList())
        {
            foreach (var found in inner is null ? [] : Visit(inner.AsObject(), member, $"{path}/{key}")) yield return found;
        }
    }

    private static IEnumerable<JsonObject> All(JsonNode? schema)
    {
        // Conditions across keys repeat words that stand elsewhere.
        if (schema is JsonObject map)
        {
            yield return map;
            foreach (var inner in map.Where(member => member.Key != "oneOf").SelectMany(member => All(member.Value))) yield return inner;
        }
        else if (schema is JsonArray list)
        {
            foreach (var inner in list.SelectMany(All)) yield return inner;
        }
    }
}
