using System.Text.Json.Nodes;
using FlexCore.Domain;

namespace FlexCore.Plugins.Transforms;

/// <summary>Lifts the fields of nested objects up in a schema, as <see cref="RecordLifter"/> does in records.</summary>
internal static class SchemaFlattening
{
    /// <summary>Rewrites the fields.</summary>
    /// <returns>Which fields were taken apart, and which objects have stayed whole.</returns>
    public static StreamShape Flatten(SchemaFields fields, MapPlan plan)
    {
        var (lifted, whole) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var flat = new List<KeyValuePair<string, JsonNode?>>();
        foreach (var (name, definition) in fields.All) Add(name, definition, level: 0);
        if (flat.CountBy(field => field.Key, StringComparer.Ordinal).FirstOrDefault(field => field.Value > 1).Key is { } twice)
            fields.Problem = $"flatten: there are two fields '{Printable.Escape(twice)}'";
        fields.Replace(flat);
        return new StreamShape(Numbered(lifted), Numbered(whole));

        void Add(string name, JsonNode? definition, int level)
        {
            var nested = Nested(definition);
            if (nested is null || level >= plan.Map.Flatten!.Depth || plan.StaysWhole(name))
            {
                if (MayBeObject(definition)) whole.Add(name);
                flat.Add(KeyValuePair.Create(name, level == 0 ? definition?.DeepClone() : FieldSchema.Nullable(definition)));
                return;
            }

            lifted.Add(name);
            foreach (var (inner, innerDefinition) in nested) Add(name + plan.Map.Flatten.Separator + inner, innerDefinition, level + 1);
        }
    }

    private static NameTable Numbered(HashSet<string> names) => new([.. names.Select(name => KeyValuePair.Create(name, 1))]);

    /// <summary>The fields of an object that has some; anything else stays as it is.</summary>
    private static JsonObject? Nested(JsonNode? definition) =>
        definition is JsonObject field && MayBeObject(field) && field["properties"] is JsonObject { Count: > 0 } properties ? properties : null;

    private static bool MayBeObject(JsonNode? definition) => (definition as JsonObject)?["type"] switch
    {
        null => true,
        JsonValue value => value.TryGetValue<string>(out var type) && type == "object",
        JsonArray types => types.Any(item => item is JsonValue value && value.TryGetValue<string>(out var type) && type == "object"),
        _ => false,
    };
}
