namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>The schemas of schemas of the three drafts: a schema may refer to them.</summary>
internal static class Metaschemas
{
    private static readonly Dictionary<string, string> Resources = new(StringComparer.Ordinal)
    {
        ["http://json-schema.org/draft-04/schema"] = "draft-04.json",
        ["http://json-schema.org/draft-06/schema"] = "draft-06.json",
        ["http://json-schema.org/draft-07/schema"] = "draft-07.json",
    };

    /// <summary>The document of a URI; null for all others.</summary>
    public static byte[]? Find(string uri)
    {
        if (!Resources.TryGetValue(uri, out var name)) return null;
        using var resource = typeof(Metaschemas).Assembly.GetManifestResourceStream($"FlexCore.Plugins.JsonSchema.Metaschemas.{name}")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
