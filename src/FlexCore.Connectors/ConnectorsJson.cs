using System.Text.Json.Serialization;
using FlexCore.Connectors.Csv;
using FlexCore.Connectors.JsonLines;
using FlexCore.Connectors.Postgres;

namespace FlexCore.Connectors;

/// <summary>The settings of all connectors, as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CsvTapSettings))]
[JsonSerializable(typeof(JsonLinesTapSettings))]
[JsonSerializable(typeof(JsonLinesTargetSettings))]
[JsonSerializable(typeof(PostgresTapSettings))]
[JsonSerializable(typeof(PostgresTargetSettings))]
internal sealed partial class ConnectorsJson : JsonSerializerContext;
