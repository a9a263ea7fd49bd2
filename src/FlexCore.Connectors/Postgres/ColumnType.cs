using System.Text.Json.Nodes;

namespace FlexCore.Connectors.Postgres;

/// <summary>How a JSON value becomes COPY's text form.</summary>
internal enum ColumnForm
{
    /// <summary>Text: what is no string, as its JSON.</summary>
    Text,

    /// <summary>A number, digit for digit.</summary>
    Number,

    /// <summary>A whole number, which JSON may write as <c>1.0</c>.</summary>
    Integer,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>A list, as PostgreSQL writes arrays.</summary>
    Array,

    /// <summary>Bytes, from base64.</summary>
    Bytes,
}

/// <summary>Types of columns, from the schemas of fields.</summary>
internal static class ColumnType
{
    /// <summary>What a field's schema asks for, as <c>format_type</c> writes it.</summary>
    /// <param name="schema">Of the field.</param>
    /// <param name="known">Types that the server has, of those that schemas name.</param>
    public static string Of(JsonNode? schema, IReadOnlySet<string> known)
    {
        if (NamedIn(schema) is { } named && known.Contains(named)) return named;
        var types = Types(schema).Where(type => type != "null").ToHashSet(StringComparer.Ordinal);
        var format = (schema as JsonObject)?["format"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        if (types.Count == 0 || types.Contains("object") || types.Contains("array")) return "jsonb";
        if (types.SetEquals(["boolean"])) return "boolean";
        if (types.SetEquals(["integer"])) return IsWithinBigint((JsonObject)schema!) ? "bigint" : "numeric";
        if (types.IsSubsetOf(["integer", "number"])) return "numeric";
        return types.SetEquals(["string"]) ? format switch { "date-time" => "timestamp with time zone", "date" => "date", "uuid" => "uuid", _ => "text" } : "text";
    }

    /// <summary>The type that a schema names, of a source that has it, too.</summary>
    public static string? NamedIn(JsonNode? schema) =>
        schema is JsonObject named && named[PostgresColumn.TypeKeyword] is JsonValue value && value.TryGetValue<string>(out var type) ? type : null;

    /// <summary>How values get into a column of a type.</summary>
    public static ColumnForm FormOf(string type) =>
        type.EndsWith("[]", StringComparison.Ordinal) ? ColumnForm.Array
        : type.Split('(')[0] switch
        {
            "smallint" or "integer" or "bigint" => ColumnForm.Integer,
            "numeric" or "real" or "double precision" => ColumnForm.Number,
            "json" or "jsonb" => ColumnForm.Json,
            "bytea" => ColumnForm.Bytes,
            _ => ColumnForm.Text,
        };

    /// <summary>What a column must become so that it holds what is to come, too; null where it stays. Somebody may have chosen its type: only what loses nothing of it is done.</summary>
    /// <param name="there">Its type.</param>
    /// <param name="wanted">What the schema asks for now.</param>
    public static string? Widened(string there, string wanted) => (there, wanted) switch
    {
        ("smallint" or "integer", "bigint" or "numeric") => wanted,
        ("smallint", "integer") => wanted,
        ("bigint", "numeric") => wanted,
        ("date", "timestamp with time zone" or "timestamp without time zone") => wanted,
        _ => null,
    };

    private static bool IsWithinBigint(JsonObject schema) => IsWithin(schema["minimum"]) && IsWithin(schema["maximum"]);

    private static bool IsWithin(JsonNode? bound) => bound is not JsonValue value || value.TryGetValue<long>(out _);

    private static IEnumerable<string> Types(JsonNode? schema)
    {
        if (schema is not JsonObject fields) return [];
        if (fields["type"] is JsonValue one && one.TryGetValue<string>(out var type)) return [type];
        if (fields["type"] is JsonArray several) return several.OfType<JsonValue>().Select(entry => entry.TryGetValue<string>(out var each) ? each : "").Where(each => each.Length > 0);
        return ((fields["anyOf"] ?? fields["oneOf"]) as JsonArray ?? []).SelectMany(Types);
    }
}
