using System.Text.Json.Nodes;

namespace FlexCore.Connectors.Postgres;

/// <summary>How a value of COPY's text form becomes JSON.</summary>
internal enum CopyForm
{
    /// <summary>A JSON string.</summary>
    Text,

    /// <summary>As it is, but for NaN and infinity.</summary>
    Number,

    /// <summary><c>t</c> or <c>f</c>.</summary>
    Boolean,

    /// <summary>As it is, but for line ends between its parts.</summary>
    Json,

    /// <summary>A date, but for infinity.</summary>
    Date,

    /// <summary>A time of day on a date, without a zone.</summary>
    Timestamp,

    /// <summary>The same with the zone of the session, which is UTC.</summary>
    TimestampWithZone,
}

/// <summary>A column that a tap reads.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as <c>format_type</c> writes it; of a domain, the type below it.</param>
/// <param name="IsArray">Whether that is an array.</param>
/// <param name="IsRequired">Whether it is never null.</param>
internal sealed record PostgresColumn(string Name, string Type, bool IsArray, bool IsRequired)
{
    /// <summary>The keyword of a schema that says what type a field had: a target that knows it makes a column of that type.</summary>
    public const string TypeKeyword = "x-postgres-type";

    private string BareType => Type.Split('(')[0] + (Type.IndexOf(')', StringComparison.Ordinal) is var end and >= 0 ? Type[(end + 1)..] : "");

    public CopyForm Form => IsArray ? CopyForm.Json : BareType switch
    {
        "smallint" or "integer" or "bigint" or "oid" or "numeric" or "real" or "double precision" => CopyForm.Number,
        "boolean" => CopyForm.Boolean,
        "json" or "jsonb" => CopyForm.Json,
        "date" => CopyForm.Date,
        "timestamp without time zone" => CopyForm.Timestamp,
        "timestamp with time zone" => CopyForm.TimestampWithZone,
        _ => CopyForm.Text,
    };

    /// <summary>Whether it can hold what JSON has no number, and no date for.</summary>
    public bool CanBeNonFinite => !IsArray && BareType is "numeric" or "real" or "double precision" or "date" or "timestamp without time zone" or "timestamp with time zone";

    /// <summary>What is asked for it.</summary>
    public string Expression => IsArray ? $"to_jsonb({PostgresServer.Quote(Name)})" : BareType == "bytea" ? $"translate(encode({PostgresServer.Quote(Name)}, 'base64'), E'\\n', '')" : PostgresServer.Quote(Name);

    /// <summary>JSON Schema of its values.</summary>
    public JsonObject Schema(NonFinite nonFinite)
    {
        var (types, format) = Form switch
        {
            CopyForm.Number when BareType is "smallint" or "integer" or "bigint" or "oid" => (["integer"], null),
            CopyForm.Number => (nonFinite == NonFinite.Text ? ["number", "string"] : ["number"], null),
            CopyForm.Boolean => (["boolean"], null),
            CopyForm.Json when IsArray => (["array"], null),
            CopyForm.Json => (["object", "array", "string", "number", "boolean"], (string?)null),
            CopyForm.Date => (["string"], nonFinite == NonFinite.Text ? null : "date"),
            CopyForm.Timestamp or CopyForm.TimestampWithZone => (["string"], nonFinite == NonFinite.Text ? null : "date-time"),
            _ => ((string[])["string"], BareType == "uuid" ? "uuid" : null),
        };
        if (!IsRequired) types = [.. types, "null"];
        var schema = new JsonObject { ["type"] = types.Length == 1 ? types[0] : new JsonArray([.. types.Select(type => (JsonNode)type)]) };
        if (format is not null) schema["format"] = format;
        if (BareType == "bytea" && !IsArray) schema["contentEncoding"] = "base64";
        schema[TypeKeyword] = Type;
        return schema;
    }
}
