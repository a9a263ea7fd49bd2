using System.Text.Json.Nodes;

namespace FlexCore.Sdk.Taps;

/// <summary>Singer's catalog: what <c>--discover</c> prints, and which of it <c>--catalog</c> selects.</summary>
internal static class Catalog
{
    private static readonly (ReplicationMethod Method, string Name)[] Methods =
        [(ReplicationMethod.FullTable, "FULL_TABLE"), (ReplicationMethod.Incremental, "INCREMENTAL"), (ReplicationMethod.LogBased, "LOG_BASED")];

    public static JsonObject Describe(IReadOnlyList<TapStream> streams) => new() { ["streams"] = new JsonArray([.. streams.Select(Describe)]) };

    /// <summary>What is to be read: all without a catalog, else what it selects of what there is.</summary>
    public static IReadOnlyList<SelectedStream> Select(IReadOnlyList<TapStream> found, JsonObject? catalog, JsonObject? state)
    {
        var bookmarks = state?["bookmarks"] as JsonObject;
        if (catalog is null) return [.. found.Select(stream => new SelectedStream(stream, FieldsOf(stream), bookmarks?[stream.Name] as JsonObject))];
        var selected = new List<SelectedStream>();
        foreach (var wanted in (catalog["streams"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var own = FieldsAt(wanted, []);
            if (!IsTrue(own?["selected"]) && !IsTrue((wanted["schema"] as JsonObject)?["selected"])) continue;
            var name = (string?)wanted["tap_stream_id"] ?? (string?)wanted["stream"] ?? "";
            var stream = found.FirstOrDefault(stream => stream.Name == name) ?? throw new PluginException($"--catalog selects '{name}', which is not there any more; discover anew");
            if ((string?)own?["replication-key"] is { } key) stream = stream with { ReplicationKey = key, Method = ReplicationMethod.Incremental };
            if ((string?)own?["replication-method"] is { } method) stream = stream with { Method = Methods.FirstOrDefault(known => known.Name == method).Method };
            var fields = FieldsOf(stream).Where(field => stream.Keys.Contains(field) || field == stream.ReplicationKey || FieldsAt(wanted, ["properties", field]) is not { } metadata || !IsFalse(metadata["selected"])).ToList();
            selected.Add(new SelectedStream(stream, fields, bookmarks?[name] as JsonObject));
        }

        return selected;
    }

    private static JsonObject Describe(TapStream stream)
    {
        var own = new JsonObject { ["inclusion"] = "available", ["table-key-properties"] = Texts(stream.Keys), ["forced-replication-method"] = Methods.First(method => method.Method == stream.Method).Name };
        if (stream.ReplicationKey is { } key) own["valid-replication-keys"] = Texts([key]);
        var metadata = new JsonArray(new JsonObject { ["breadcrumb"] = new JsonArray(), ["metadata"] = own });
        foreach (var field in FieldsOf(stream))
        {
            var inclusion = stream.Keys.Contains(field) || field == stream.ReplicationKey ? "automatic" : "available";
            metadata.Add((JsonNode)new JsonObject { ["breadcrumb"] = Texts(["properties", field]), ["metadata"] = new JsonObject { ["inclusion"] = inclusion } });
        }

        return new JsonObject { ["tap_stream_id"] = stream.Name, ["stream"] = stream.Name, ["schema"] = stream.Schema.DeepClone(), ["key_properties"] = Texts(stream.Keys), ["metadata"] = metadata };
    }

    private static List<string> FieldsOf(TapStream stream) => [.. (stream.Schema["properties"] as JsonObject ?? []).Select(property => property.Key)];

    private static JsonObject? FieldsAt(JsonObject stream, string[] breadcrumb) => (stream["metadata"] as JsonArray ?? []).OfType<JsonObject>()
        .FirstOrDefault(entry => entry["breadcrumb"] is JsonArray path && path.Select(part => (string?)part).SequenceEqual(breadcrumb))?["metadata"] as JsonObject;

    private static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    private static bool IsFalse(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) && !flag;

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
