using System.Text.Json.Nodes;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Transforms;

/// <summary>What a rule makes of the schema of one field.</summary>
internal static class FieldSchema
{
    // What tells people about a field, and holds whatever its type is.
    private static readonly string[] Annotations = ["title", "description"];

    /// <summary>Of a field that is cast. Rules for its old type, such as its format, go; that it may be null stays.</summary>
    public static JsonNode Cast(JsonNode? definition, FieldType type)
    {
        var name = type.ToString().ToLowerInvariant();
        var types = Types(definition);
        var isAlready = types is not null && types.Where(old => old != "null").ToList() is [var only] && only == name;
        return isAlready ? definition!.DeepClone() : Of(definition, name, MayBeNull(definition));
    }

    /// <summary>Of a field that is hidden.</summary>
    public static JsonNode Mask(JsonNode? definition, MaskKind kind) =>
        kind == MaskKind.Null ? Nullable(definition) : Of(definition, "string", MayBeNull(definition));

    /// <summary>Of a field that is computed.</summary>
    public static JsonNode Derived(Expression expression, SchemaFields fields) => expression switch
    {
        FieldExpression field => Nullable(fields.Definition(field.Name)),
        LengthExpression => Of(null, "integer", mayBeNull: true),
        { Kind: ValueKind.Text } => Of(null, "string", mayBeNull: true),
        { Kind: ValueKind.Number } => Of(null, "number", mayBeNull: true),
        { Kind: ValueKind.Boolean } => Of(null, "boolean", mayBeNull: true),
        CoalesceExpression coalesce when Shared(coalesce, fields) is { } shared => shared,
        _ => new JsonObject(),
    };

    /// <summary>The same field, that may also be null. A schema that cannot be widened by its type is left to say it in another way.</summary>
    public static JsonNode Nullable(JsonNode? definition)
    {
        if (definition is not JsonObject known) return new JsonObject();
        var types = Types(definition);
        var nullable = known.DeepClone().AsObject();
        if (types is null) return known.ContainsKey("type") || known.Count == 0 || IsAnyOrNull(known) ? nullable : new JsonObject { ["anyOf"] = new JsonArray(nullable, new JsonObject { ["type"] = "null" }) };
        if (!types.Contains("null")) nullable["type"] = new JsonArray(["null", .. types.Select(type => (JsonNode)type)]);

        // An enumeration or a constant would still refuse it.
        if (nullable["enum"] is JsonArray values && !values.Contains(null)) values.Add((JsonNode?)null);
        if (nullable.Remove("const", out var constant)) nullable["enum"] = new JsonArray(constant?.DeepClone(), null);
        return nullable;
    }

    /// <summary>Whether the schema lets the field be null, as far as its type tells.</summary>
    private static bool MayBeNull(JsonNode? definition) => Types(definition) is not { } types || types.Contains("null");

    /// <summary>Whether it says no more than that it may be one of several, null among them: it need not be widened again and again.</summary>
    private static bool IsAnyOrNull(JsonObject definition) =>
        definition is { Count: 1 } && definition["anyOf"] is JsonArray choices && choices.Any(choice => choice is JsonObject { Count: 1 } && Types(choice) is ["null"]);

    private static JsonObject Of(JsonNode? old, string type, bool mayBeNull)
    {
        var fresh = new JsonObject { ["type"] = mayBeNull ? new JsonArray("null", type) : type };
        foreach (var annotation in Annotations)
        {
            if ((old as JsonObject)?[annotation] is { } text) fresh[annotation] = text.DeepClone();
        }

        return fresh;
    }

    private static JsonObject? Shared(CoalesceExpression coalesce, SchemaFields fields)
    {
        var kinds = coalesce.Operands.Select(operand => operand is LiteralExpression { Kind: null } ? null : Derived(operand, fields)).OfType<JsonNode>().ToList();
        var types = kinds.SelectMany(kind => Types(kind) ?? []).Distinct(StringComparer.Ordinal).ToList();
        return kinds.TrueForAll(kind => Types(kind) is not null) && types.Count > 0 ? new JsonObject { ["type"] = new JsonArray([.. types.Select(type => (JsonNode)type)]) } : null;
    }

    /// <summary>The types that a definition names; null where it names none.</summary>
    public static List<string>? Types(JsonNode? definition) => (definition as JsonObject)?["type"] switch
    {
        JsonValue value when value.TryGetValue<string>(out var type) => [type],
        JsonArray list => [.. list.Select(item => item is JsonValue value && value.TryGetValue<string>(out var type) ? type : null).OfType<string>()],
        _ => null,
    };
}
