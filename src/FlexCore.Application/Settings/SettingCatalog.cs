using System.Text.Json;

namespace FlexCore.Application.Settings;

/// <summary>
/// All settings as the JSON Schema of <c>flexcore.yaml</c> describes them (draft 7, with the keywords <c>x-reload</c>, <c>x-guide</c> and <c>x-default</c> of our own). It is the one place where they are
/// described: the reference page, <c>flexcore doctor</c> and what a node takes over while it runs are made from it.
/// </summary>
public sealed class SettingCatalog
{
    /// <summary>Stands in a key for a name that the user chooses.</summary>
    internal const string AnyName = "NAME";

    private const string Definitions = "#/definitions/";

    private readonly JsonElement _definitions;

    private SettingCatalog(JsonElement schema)
    {
        _definitions = schema.GetProperty("definitions");
        Sections = [.. schema.GetProperty("properties").EnumerateObject().Where(section => section.Name != EnvironmentSettings.Section)
            .Select(section => new SettingSection(section.Name, Text(section.Value, Resolve(section.Value), "description")!, [.. Describe(section.Name, section.Value, Inherited.Nothing)]))];
    }

    /// <summary>All settings by the keys of the root, in the order of the schema.</summary>
    public IReadOnlyList<SettingSection> Sections { get; }

    /// <summary>All settings.</summary>
    public IEnumerable<SettingDescription> All => Sections.SelectMany(section => section.Settings);

    /// <summary>Takes them out of the schema.</summary>
    public static SettingCatalog Read(JsonElement schema) => new(schema);

    /// <summary>What is said of a setting; null of what is not known.</summary>
    /// <param name="key">The whole key.</param>
    public SettingDescription? Find(string key) => All.FirstOrDefault(description => description.IsOf(key));

    private IEnumerable<SettingDescription> Describe(string key, JsonElement written, Inherited inherited, string? shortKey = null)
    {
        var schema = Resolve(written);
        var here = new Inherited(Text(written, schema, "x-guide") ?? inherited.Guide, inherited.IsReloaded || Has(schema, "x-reload"));
        if (schema.TryGetProperty("properties", out var section)) return DescribeAll(key, section, here, shortKey: null);
        if (schema.TryGetProperty("additionalProperties", out var named) && named.ValueKind == JsonValueKind.Object) return Describe($"{key}.{AnyName}", named, here);

        // Written as one word, it is the kind.
        if (Alternatives(schema).FirstOrDefault(either => either.TryGetProperty("properties", out _)) is { ValueKind: JsonValueKind.Object } longer) return DescribeAll(key, longer.GetProperty("properties"), here, shortKey: key);
        var isMap = schema.TryGetProperty("type", out var type) && type.ValueEquals("object");
        return
        [
            new SettingDescription(isMap ? $"{key}.{AnyName}" : key, TypeOf(written, schema), Default(written, schema), Text(written, schema, "description")!, here.Guide)
            {
                UsualMeans = Text(written, schema, "x-default"),
                IsReloaded = here.IsReloaded,
                IsSecret = Has(schema, "writeOnly"),
                ShortKey = shortKey,
            },
        ];
    }

    private IEnumerable<SettingDescription> DescribeAll(string key, JsonElement properties, Inherited inherited, string? shortKey) =>
        properties.EnumerateObject().SelectMany(property => Describe($"{key}.{property.Name}", property.Value, inherited, property.NameEquals("kind") ? shortKey : null));

    private string TypeOf(JsonElement written, JsonElement schema)
    {
        if (Text(written, schema, "title") is { } title) return title;
        if (schema.TryGetProperty("enum", out var words)) return string.Join(", ", words.EnumerateArray().Select(word => word.GetString()));
        if (schema.TryGetProperty("minimum", out var least)) return schema.TryGetProperty("maximum", out var most) ? $"{least} to {most}" : $"from {least}";
        if (schema.TryGetProperty("type", out var type)) return type.GetString() switch { "boolean" => "true, false", "object" => "anything", _ => "text" };
        return TypeOf(Alternatives(schema).First());
    }

    private string TypeOf(JsonElement alternative) => TypeOf(alternative, Resolve(alternative));

    private JsonElement Resolve(JsonElement schema) => schema.TryGetProperty("$ref", out var reference) ? _definitions.GetProperty(reference.GetString()![Definitions.Length..]) : schema;

    private static JsonElement.ArrayEnumerator Alternatives(JsonElement schema) =>
        schema.TryGetProperty("anyOf", out var any) || schema.TryGetProperty("oneOf", out any) ? any.EnumerateArray() : default;

    private static bool Has(JsonElement schema, string keyword) => schema.TryGetProperty(keyword, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>What stands beside a reference is said of this one setting.</summary>
    private static string? Text(JsonElement written, JsonElement schema, string keyword) =>
        written.TryGetProperty(keyword, out var own) || schema.TryGetProperty(keyword, out own) ? own.GetString() : null;

    private static string? Default(JsonElement written, JsonElement schema)
    {
        if (!written.TryGetProperty("default", out var value) && !schema.TryGetProperty("default", out value)) return null;
        return value.ValueKind == JsonValueKind.Array ? string.Join(", ", value.EnumerateArray()) : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : value.ToString();
    }

    /// <summary>What is said of a section, and holds for all in it.</summary>
    private sealed record Inherited(string? Guide, bool IsReloaded)
    {
        public static Inherited Nothing { get; } = new(Guide: null, IsReloaded: false);
    }
}
