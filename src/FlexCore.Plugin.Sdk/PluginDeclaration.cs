using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using FlexCore.Sdk.Settings;

namespace FlexCore.Sdk;

/// <summary>All that is said of a plugin, once: its settings, their schema and defaults, its page in the docs and <c>--about</c> are made from it.</summary>
/// <param name="Name">Its name, such as <c>tap-shop</c>.</param>
/// <param name="Version">Its version.</param>
/// <param name="Summary">One sentence: what it does.</param>
/// <param name="Settings">
/// The type of its settings. Constructor parameters with a default are optional; <see cref="System.ComponentModel.DescriptionAttribute"/> says what each is for and <see cref="SecretAttribute"/>
/// which are never shown.
/// </param>
public sealed record PluginDeclaration(string Name, string Version, string Summary, JsonTypeInfo Settings)
{
    /// <summary>Paths that it reads: settings as <c>${config.FIELD}</c>, or fixed absolute paths.</summary>
    public IReadOnlyList<string> Read { get; init; } = [];

    /// <summary>Folders that it writes, likewise.</summary>
    public IReadOnlyList<string> Write { get; init; } = [];

    /// <summary>Where it connects to: <c>${config.host}:${config.port}</c>.</summary>
    public IReadOnlyList<string> Net { get; init; } = [];

    /// <summary>Of a target, the setting that names the folder in which all lies that it writes; null when there is none.</summary>
    public string? ShadowField { get; init; }

    /// <summary>The JSON Schema of the settings (draft 7).</summary>
    public JsonObject GetSettingsSchema() => SettingsSchema.Of(Settings);
}
