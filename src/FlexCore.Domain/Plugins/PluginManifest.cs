using System.Text.Json;

namespace FlexCore.Domain.Plugins;

/// <summary>What a plugin does in a pipeline.</summary>
public enum PluginKind
{
    /// <summary>Reads a system and emits records.</summary>
    Tap,

    /// <summary>Takes records and writes a system.</summary>
    Target,

    /// <summary>Reads messages and writes messages.</summary>
    Mapper,

    /// <summary>Runs to completion.</summary>
    Task,
}

/// <summary>How a tap takes its catalog (Singer's variants).</summary>
public enum CatalogArgument
{
    /// <summary><c>--catalog FILE</c>.</summary>
    Catalog,

    /// <summary><c>--properties FILE</c>, the older name.</summary>
    Properties,

    /// <summary>The tap takes none.</summary>
    None,
}

/// <summary>A plugin's <c>plugin.yaml</c>, checked.</summary>
public sealed record PluginManifest
{
    /// <summary>The plugin's name: its identity.</summary>
    public required string Name { get; init; }

    /// <summary>Free text; compared for equality only.</summary>
    public required string Version { get; init; }

    /// <summary>What it does.</summary>
    public required PluginKind Kind { get; init; }

    /// <summary>Absolute path of the folder that holds plugin.yaml.</summary>
    public required string Folder { get; init; }

    /// <summary>Of a registered copy, where its registration says that it is found, whichever version lies there; null for a plugin that is used where somebody has put it.</summary>
    public string? RegisteredFolder { get; init; }

    /// <summary>Whether somebody asked for exactly this version, which need not be the one that was registered last.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Program and arguments; the program is looked up on the sandbox's PATH, or in <see cref="Folder"/> when it has a slash. Empty where it is <see cref="Remote"/>.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Of a program of .NET that brings no runtime along: the folder of the one that it needs, which it sees read-only; null for all others.</summary>
    public string? DotnetRoot { get; init; }

    /// <summary>The plugin of another service that it stands for; null for a program of this machine.</summary>
    public RemotePlugin? Remote { get; init; }

    /// <summary>What is done in its folder when it is registered; null for nothing.</summary>
    public PluginInstall? Install { get; init; }

    /// <summary>What it asks for, as written: a path or destination may be one of its settings, <c>${config.field}</c> (for a task <c>${input.field}</c>).</summary>
    public required Grant Capabilities { get; init; }

    /// <summary>What it may use up.</summary>
    public required PluginLimits Limits { get; init; }

    /// <summary>How the tap takes its catalog.</summary>
    public CatalogArgument CatalogArgument { get; init; }

    /// <summary>Whether the tap knows <c>--discover</c>.</summary>
    public bool CanDiscover { get; init; }

    /// <summary>Of a target, the setting that names the folder in which all lies that it writes, so that a full refresh may go into an empty one in its place; null when there is none.</summary>
    public string? ShadowField { get; init; }

    /// <summary>JSON Schema of its config or input; null when the manifest names none.</summary>
    public JsonElement? ConfigSchema { get; init; }

    /// <summary>Names of the config fields that its schema marks <c>writeOnly</c>: their values are never shown.</summary>
    public IReadOnlyList<string> SecretFields { get; init; } = [];

    /// <summary>SHA-256 over the names and contents of the plugin's files, in lower-case hex; of a registered copy that was installed, over all that lies in its folder.</summary>
    public required string Digest { get; init; }
}
