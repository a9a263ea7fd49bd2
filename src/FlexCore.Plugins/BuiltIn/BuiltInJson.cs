using System.Text.Json.Serialization;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Reads the settings of steps inside the runtime, as <see cref="Pipelines.BuiltIn.BuiltInReader"/> has written them.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(HttpSettings))]
[JsonSerializable(typeof(JsonSettings))]
[JsonSerializable(typeof(SqlSettings))]
internal sealed partial class BuiltInJson : JsonSerializerContext;
