using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.Sdk.Targets;

/// <summary>What a SCHEMA message says of a record stream.</summary>
/// <param name="Stream">Its name.</param>
/// <param name="Schema">JSON Schema of its records.</param>
/// <param name="Keys">The fields that identify a record; empty where every record is one of its own.</param>
public sealed record StreamSchema(string Stream, JsonObject Schema, IReadOnlyList<string> Keys)
{
    /// <summary>Its fields, each with its schema.</summary>
    public JsonObject Properties => (JsonObject)Schema["properties"]!;

    /// <summary>Whether another one is of the same fields and keys.</summary>
    public bool SaysTheSameAs(StreamSchema other) => Keys.SequenceEqual(other.Keys, StringComparer.Ordinal) && JsonNode.DeepEquals(Schema, other.Schema);

    internal static StreamSchema Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Messages.MessageLine.MaxDepth });
        var message = JsonNode.Parse(ref reader) as JsonObject ?? throw new JsonException("it is not a JSON object");
        var stream = Text(message["stream"]) ?? throw new JsonException("it is a SCHEMA without a 'stream'");
        if (message["schema"] is not JsonObject schema) throw new JsonException($"the SCHEMA of '{stream}' has no 'schema'");
        if (schema["properties"] is not JsonObject { Count: > 0 } properties) throw new JsonException($"the schema of '{stream}' has no 'properties': no record of it can be kept");
        var keys = (message["key_properties"] as JsonArray ?? []).Select(key => Text(key) ?? throw new JsonException($"'key_properties' of '{stream}' must be a list of names")).ToList();
        if (keys.Find(key => !properties.ContainsKey(key)) is { } missing) throw new JsonException($"'key_properties' of '{stream}' names '{missing}', which its schema does not have");
        message.Remove("schema");
        return new StreamSchema(stream, schema, keys);
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
