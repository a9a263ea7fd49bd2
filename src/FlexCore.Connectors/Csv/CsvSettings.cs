using System.ComponentModel;
using System.Text.Json.Serialization;

namespace FlexCore.Connectors.Csv;

/// <summary>What a column holds.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CsvType>))]
internal enum CsvType
{
    /// <summary>Text.</summary>
    [JsonStringEnumMemberName("string")]
    Text,

    /// <summary>Whole numbers of any length.</summary>
    [JsonStringEnumMemberName("integer")]
    Integer,

    /// <summary>Numbers, digit for digit.</summary>
    [JsonStringEnumMemberName("number")]
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    [JsonStringEnumMemberName("boolean")]
    Boolean,
}

/// <summary>Settings of <c>tap-csv</c>.</summary>
internal sealed record CsvTapSettings(
    [property: Description("The file: UTF-8, with a header row")] string Path,
    [property: Description("The record stream's name; without it the file's, without what follows its last dot")] string? Stream = null,
    [property: Description("Columns that identify a record")] IReadOnlyList<string>? Keys = null,
    [property: Description("What stands between fields: one character")] string Delimiter = ",",
    [property: Description("A field that holds this is null")] string Null = "\\N",
    [property: Description("Types of columns; those that are not named are inferred from the first 1,000 rows")] IReadOnlyDictionary<string, CsvType>? Types = null);
