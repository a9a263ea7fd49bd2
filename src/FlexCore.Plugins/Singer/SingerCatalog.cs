using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Singer;

/// <summary>A record stream of a catalog.</summary>
/// <param name="Id">Its <c>tap_stream_id</c>.</param>
/// <param name="Name">What messages call it.</param>
/// <param name="Parent">The stream whose records the tap goes through to find this one's, where the catalog tells.</param>
/// <param name="IsSelected">Whether it is to be read.</param>
internal sealed record CatalogStream(string Id, string Name, string? Parent, bool IsSelected);

/// <summary>Writes selection rules into a Singer catalog's metadata.</summary>
internal static class SingerCatalog
{
    /// <summary>Selects record streams and fields in place.</summary>
    /// <param name="catalog">What the tap has discovered.</param>
    /// <param name="rules"><c>stream.field</c> with <c>*</c>; <c>!</c> excludes. Without an including rule everything is included.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Select(JsonObject catalog, IReadOnlyList<string> rules)
    {
        if (catalog["streams"] is not JsonArray streams) return "the catalog has no 'streams'";
        var selection = new Selection(rules);
        var any = false;
        foreach (var stream in streams.OfType<JsonObject>()) any |= Select(stream, selection);
        return any ? null : $"select: [{string.Join(", ", rules)}] matches none of: {string.Join(", ", streams.OfType<JsonObject>().Select(Id))}";
    }

    /// <summary>The record streams, after a selection.</summary>
    public static IReadOnlyList<CatalogStream> Streams(JsonObject catalog) => [.. (catalog["streams"] as JsonArray ?? []).OfType<JsonObject>().Select(Describe)];

    /// <summary>The catalog after a selection, of which only some record streams stay selected.</summary>
    public static JsonObject Only(JsonObject catalog, IReadOnlySet<string> ids)
    {
        var only = (JsonObject)catalog.DeepClone();
        foreach (var stream in (only["streams"] as JsonArray ?? []).OfType<JsonObject>().Where(stream => !ids.Contains(Id(stream))))
        {
            foreach (var entry in (stream["metadata"] as JsonArray ?? []).OfType<JsonObject>().Where(entry => entry["breadcrumb"] is JsonArray { Count: 0 }))
            {
                if (entry["metadata"] is JsonObject fields) fields["selected"] = false;
            }

            if (stream["schema"] is JsonObject root) root["selected"] = false;
            if (stream.ContainsKey("selected")) stream["selected"] = false;
        }

        return only;
    }

    /// <summary>Matches with <c>*</c> for any text: greedy, going back to the last star only.</summary>
    public static bool Glob(string pattern, string text)
    {
        int p = 0, t = 0, star = -1, retry = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*') (star, retry) = (p++, t);
            else if (p < pattern.Length && pattern[p] == text[t]) (p, t) = (p + 1, t + 1);
            else if (star >= 0) (p, t) = (star + 1, ++retry);
            else return false;
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    private static CatalogStream Describe(JsonObject stream)
    {
        var own = Entries(stream).Find(entry => entry.Breadcrumb.Count == 0).Fields ?? [];
        var isSelected = own["selected"] is JsonValue selected && selected.TryGetValue<bool>(out var value) && value;
        return new CatalogStream(Id(stream), Text(stream["stream"]) ?? Id(stream), Text(own["parent-tap-stream-id"]), isSelected);
    }

    private static bool Select(JsonObject stream, Selection selection)
    {
        var id = Id(stream);
        var properties = (stream["schema"] as JsonObject)?["properties"] as JsonObject;
        var metadata = Entries(stream);
        foreach (var property in properties ?? []) EnsureEntry(metadata, ["properties", property.Key]);

        var anyField = false;
        foreach (var (breadcrumb, fields) in metadata.Where(entry => entry.Breadcrumb.Count > 0))
        {
            var path = string.Join('.', breadcrumb.Where((_, index) => index % 2 == 1));
            var inclusion = Text(fields["inclusion"]);
            var selected = inclusion == "automatic" || (inclusion != "unsupported" && selection.Includes($"{id}.{path}"));
            fields["selected"] = selected;
            anyField |= selected && inclusion != "automatic";
            if (breadcrumb.Count == 2 && properties?[breadcrumb[1]] is JsonObject schema) schema["selected"] = selected;
        }

        var streamSelected = anyField || selection.Includes(id);
        EnsureEntry(metadata, [])["selected"] = streamSelected;
        if (stream["schema"] is JsonObject root) root["selected"] = streamSelected;
        stream["metadata"] = new JsonArray(
            [.. metadata.Select(entry => new JsonObject { ["breadcrumb"] = new JsonArray([.. entry.Breadcrumb.Select(part => (JsonNode)part)]), ["metadata"] = entry.Fields.DeepClone() })]);
        return streamSelected;
    }

    private static string Id(JsonObject stream) => Text(stream["tap_stream_id"]) ?? Text(stream["stream"]) ?? "";

    // A catalog comes from outside: what is not of the expected shape is passed over.
    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static List<(IReadOnlyList<string> Breadcrumb, JsonObject Fields)> Entries(JsonObject stream) =>
    [
        .. (stream["metadata"] as JsonArray ?? []).OfType<JsonObject>().Select(entry => (
            (IReadOnlyList<string>)[.. (entry["breadcrumb"] as JsonArray ?? []).Select(Text).OfType<string>()],
            entry["metadata"] as JsonObject ?? [])),
    ];

    private static JsonObject EnsureEntry(List<(IReadOnlyList<string> Breadcrumb, JsonObject Fields)> metadata, IReadOnlyList<string> breadcrumb)
    {
        var existing = metadata.Find(entry => entry.Breadcrumb.SequenceEqual(breadcrumb));
        if (existing.Fields is not null) return existing.Fields;
        JsonObject fields = [];
        metadata.Add((breadcrumb, fields));
        return fields;
    }

    private sealed class Selection(IReadOnlyList<string> rules)
    {
        private readonly List<string> _including = [.. rules.Where(rule => !rule.StartsWith('!'))];
        private readonly List<string> _excluding = [.. rules.Where(rule => rule.StartsWith('!')).Select(rule => rule[1..])];

        /// <summary>Whether a stream or a field in it is included; a rule covers what lies below what it names.</summary>
        public bool Includes(string path) =>
            (_including.Count == 0 || _including.Exists(rule => Covers(rule, path))) && !_excluding.Exists(rule => Covers(rule, path));

        private static bool Covers(string rule, string path) => Glob(rule, path) || Glob(rule + ".*", path);
    }
}
