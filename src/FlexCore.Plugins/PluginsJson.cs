using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Pipelines;

namespace FlexCore.Plugins;

/// <summary>Serialisers made at build time: start-up reflects on nothing.</summary>
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(LateTemplate))]
[JsonSerializable(typeof(PluginOutcome))]
internal sealed partial class PluginsJson : JsonSerializerContext;
