using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Values of SQL as JSON, and back.</summary>
internal static class SqlValues
{
    /// <summary>A text.</summary>
    public static SqlValue Text(string text) => new(SqlValueKind.Text, text);

    /// <summary>What a value of JSON is in SQL.</summary>
    public static SqlValue Of(JsonElement? value) => value switch
    {
        null => SqlValue.Null,
        { ValueKind: JsonValueKind.String } text => Text(text.GetString()!),
        { ValueKind: JsonValueKind.Number } number => new SqlValue(SqlValueKind.Number, number.GetRawText()),
        { ValueKind: JsonValueKind.True or JsonValueKind.False } flag => new SqlValue(SqlValueKind.Boolean, flag.GetBoolean() ? "true" : "false"),
        { ValueKind: JsonValueKind.Object or JsonValueKind.Array } document => new SqlValue(SqlValueKind.Json, document.GetRawText()),
        _ => SqlValue.Null,
    };

    /// <summary>Writes what a value of SQL is in JSON.</summary>
    public static void Write(SqlValue value, Utf8JsonWriter output)
    {
        if (value.Kind is SqlValueKind.Number or SqlValueKind.Boolean or SqlValueKind.Json) output.WriteRawValue(value.Text!);
        else if (value.Text is { } text) output.WriteStringValue(text);
        else output.WriteNullValue();
    }
}
