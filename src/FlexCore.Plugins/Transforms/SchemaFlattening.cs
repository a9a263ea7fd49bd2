using System.Text.Json.Nodes;
using FlexCore.Domain;

namespace FlexCore.Plugins.Transforms;

/// <summary>Lifts the fields of nested objects up in a schema, as <see cref="RecordLifter"/> does in records.</summary>
internal static class SchemaFlattening
{
    /// <summary>Rewrites the fields.</summary>
    /// <param name="fields">The fields of the schema.</param>
    /// <param name="plan">The map.</param>
    /// <param name="shape">Which fields were taken apart, and which objects have stayed whole.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Flatten(SchemaFields fields, MapPlan plan, out StreamShape shape)
    {
        var (lifted, whole) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var flat = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        string? twice = null;
        foreach (var (name, definition) in fields.All) Add(name, definition, level: 0);
        shape = new StreamShape(Numbered(lifted), Numbered(whole));
        if (twice is not null) return $"flatten: there are two fields '{Printable.Escape(twice)}'";
        if (fields.Keys.FirstOrDefault(lifted.Contains) is { } key) return $"flatten takes '{Printable.Escape(key)}' apart, which is a key";
        fields.Replace(flat);
        fields.RemoveFromLists(lifted.Contains);
        return null;

        void Add(string name, JsonNode? definition, int level)
        {
            var nested = Nested(definition);
            if (nested is null || level >= plan.Map.Flatten!.Depth || plan.StaysWhole(name))
            {
                if (MayBeObject(definition)) whole.Add(name);
                if (!flat.TryAdd(name, level == 0 ? definition?.DeepClone() : FieldSchema.Nullable(definition))) twice ??= name;
                return;
            }

            lifted.Add(name);
            foreach (var (inner, innerDefinition) in nested) Add(name + plan.Map.Flatten.Separator + inner, innerDefinition, level + 1);
        }
    }

    private static NameTable Numbered(HashSet<string> names) => new([.. names.Select(name => KeyValuePair.Create(name, 1))]);

    /// <summary>The fields of what is an object, or null, and has some; what may be something else too has to stay whole.</summary>
    private static JsonObject? Nested(JsonNode? definition) =>
        MayBeObject(definition) && FieldSchema.Types(definition)?.Exists(type => type is not ("object" or "null")) != true && (definition as JsonObject)?["properties"] is JsonObject { Count: > 0 } properties
            ? properties
            : null;

    private static bool MayBeObject(JsonNode? definition) => FieldSchema.Types(definition)?.Contains("object") != false;
}
