using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FlexCore.Plugins;

/// <summary>Serialisers made at build time: start-up reflects on nothing.</summary>
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class PluginsJson : JsonSerializerContext;
