using System.Text.Json.Serialization;
using FlexCore.Domain.Plugins;

namespace FlexCore.Cli.Output;

/// <summary>Serialisers made at build time.</summary>
[JsonSerializable(typeof(PluginOutcome))]
internal sealed partial class CliJson : JsonSerializerContext;
