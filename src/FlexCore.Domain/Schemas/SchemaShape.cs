using System.Text.Json;

namespace FlexCore.Domain.Schemas;

/// <summary>What a schema says of the records of one stream, as far as it is told how it changes.</summary>
/// <param name="Fields">By path, such as <c>address.city</c> or <c>items[].sku</c>: the types that it may have, sorted, such as <c>null|string:date-time</c>; <c>any</c> where nothing is said.</param>
/// <param name="Required">The paths of those that must be there, sorted.</param>
/// <param name="Keys">The key properties.</param>
public sealed record SchemaShape(IReadOnlyDictionary<string, string> Fields, IReadOnlyList<string> Required, IReadOnlyList<string> Keys)
{
    /// <summary>Of more fields than this the others are left out; that they change is told by the fingerprint alone.</summary>
    public const int MostFields = 5000;

    private const string Any = "any";
    private static readonly string[] Choices = ["anyOf", "oneOf", "allOf"];

    /// <summary>The shape of a schema.</summary>
    /// <param name="schema">A JSON Schema; references in it are taken for <c>any</c>.</param>
    /// <param name="keys">Its key properties.</param>
    public static SchemaShape Of(JsonElement schema, IReadOnlyList<string> keys)
    {
        var fields = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var required = new SortedSet<string>(StringComparer.Ordinal);
        AddMembers("", schema, fields, required);
        return new SchemaShape(fields, [.. required.Where(fields.ContainsKey)], keys);
    }

    /// <summary>Whether values of these types are all of those types too.</summary>
    internal static bool Accepts(string types, string others)
    {
        var accepted = types.Split('|');
        return accepted.Contains(Any) || Array.TrueForAll(others.Split('|'), type =>
            accepted.Contains(type) || (type == "integer" && accepted.Contains("number")) || (type.StartsWith("string:", StringComparison.Ordinal) && accepted.Contains("string")));
    }

    private static void AddMembers(string path, JsonElement schema, SortedDictionary<string, string> fields, SortedSet<string> required)
    {
        if (schema.ValueKind != JsonValueKind.Object) return;
        foreach (var choice in ChoicesOf(schema)) AddMembers(path, choice, fields, required);
        if (schema.TryGetProperty("items", out var items)) AddMembers($"{path}[]", items, fields, required);
        if (!schema.TryGetProperty("properties", out var members) || members.ValueKind != JsonValueKind.Object) return;
        foreach (var name in Texts(schema, "required")) required.Add(Below(path, name));
        foreach (var member in members.EnumerateObject())
        {
            var below = Below(path, member.Name);
            if (fields.Count == MostFields && !fields.ContainsKey(below)) return;
            var types = TypesOf(member.Value);
            if (fields.TryGetValue(below, out var known)) types.UnionWith(known.Split('|'));
            fields[below] = string.Join('|', types);
            AddMembers(below, member.Value, fields, required);
        }
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static SortedSet<string> TypesOf(JsonElement schema)
    {
        var types = new SortedSet<string>(StringComparer.Ordinal);
        if (schema.ValueKind == JsonValueKind.Object)
        {
            types.UnionWith(Texts(schema, "type"));
            if (types.Contains("string") && schema.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String)
            {
                types.Remove("string");
                types.Add($"string:{format.GetString()}");
            }

            if (types.Count == 0) types.UnionWith(ChoicesOf(schema).SelectMany(TypesOf));
        }

        if (types.Count == 0) types.Add(Any);
        return types;
    }

    private static IEnumerable<JsonElement> ChoicesOf(JsonElement schema) =>
        Choices.SelectMany(word => schema.TryGetProperty(word, out var choices) && choices.ValueKind == JsonValueKind.Array ? choices.EnumerateArray() : Enumerable.Empty<JsonElement>());

    /// <summary>One text, or those of a list.</summary>
    private static IEnumerable<string> Texts(JsonElement schema, string name)
    {
        if (!schema.TryGetProperty(name, out var value)) return [];
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!) : [];
    }
}
