using System.Text.Json;

namespace FlexCore.Plugins.Execution;

/// <summary>A file that only one plugin can read.</summary>
/// <param name="Name">Where it lies in the plugin's private folder, which is another one at each level of isolation.</param>
/// <param name="Content">Its content.</param>
/// <param name="Option">By which option of the command line the plugin is told where it is; null when it knows.</param>
internal sealed record PluginFile(string Name, ReadOnlyMemory<byte> Content, string? Option = null)
{
    /// <summary>The settings of a plugin that speaks Singer.</summary>
    public const string Config = "flexcore/config.json";

    /// <summary>The folder of the secrets that a plugin was granted, each in a file of its name.</summary>
    public const string Secrets = "secrets";

    /// <summary>A JSON file.</summary>
    public static PluginFile Json(string name, JsonElement content, string option) => new(name, JsonSerializer.SerializeToUtf8Bytes(content, PluginsJson.Default.JsonElement), option);
}
