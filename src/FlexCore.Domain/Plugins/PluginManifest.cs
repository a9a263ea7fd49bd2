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

    /// <summary>Program and arguments; the program is looked up on the sandbox's PATH, or in <see cref="Folder"/> when it has a slash.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>What it asks for, as written: a path or destination may be one of its settings, <c>${config.field}</c> (for a task <c>${input.field}</c>).</summary>
    public required Grant Capabilities { get; init; }

    /// <summary>What it may use up.</summary>
    public required PluginLimits Limits { get; init; }

    /// <summary>How the tap takes its catalog.</summary>
    public CatalogArgument CatalogArgument { get; init; }

    /// <summary>Whether the tap knows <c>--discover</c>.</summary>
    public bool CanDiscover { get; init; }

    /// <summary>JSON Schema of its config or input; null when the manifest names none.</summary>
    public JsonElement? ConfigSchema { get; init; }

    /// <summary>Names of the config fields that its schema marks <c>writeOnly</c>: their values are never shown.</summary>
    public IReadOnlyList<string> SecretFields { get; init; } = [];

    /// <summary>SHA-256 over the names and contents of the plugin's files, in lower-case hex.</summary>
    public required string Digest { get; init; }
}

/// <summary>What a plugin may use up.</summary>
public sealed record PluginLimits
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>Bytes of memory, tmpfs included.</summary>
    public long MemoryBytes { get; init; } = 512 * Mebibyte;

    /// <summary>Processes and threads at once.</summary>
    public int Processes { get; init; } = 64;

    /// <summary>Open files per process.</summary>
    public int OpenFiles { get; init; } = 256;

    /// <summary>Bytes in /tmp and, apart from it, in the home folder.</summary>
    public long TmpBytes { get; init; } = 64 * Mebibyte;

    /// <summary>Bytes of one line on standard output.</summary>
    public long LineBytes { get; init; } = 16 * Mebibyte;

    /// <summary>Bytes on standard error from start to end.</summary>
    public long StderrBytes { get; init; } = 8 * Mebibyte;

    /// <summary>Bytes on standard output from start to end; null for any number.</summary>
    public long? StdoutBytes { get; init; }

    /// <summary>Bytes in the folder that the plugins of a step share; null for any number.</summary>
    public long? DiskBytes { get; init; }

    /// <summary>CPUs at once; null for as many as there are.</summary>
    public double? Cpus { get; init; }

    /// <summary>How long it may run; null for ever.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>How long it may do nothing; null for ever.</summary>
    public TimeSpan? Idle { get; init; }

    /// <summary>The limits that are wider than the defaults, for people: an operator should see what a plugin gives itself.</summary>
    public string DescribeWider()
    {
        PluginLimits usual = new();
        IEnumerable<string?> wider =
        [
            MemoryBytes > usual.MemoryBytes ? $"memory {MemoryBytes / Mebibyte} MiB" : null,
            Processes > usual.Processes ? $"{Processes} processes" : null,
            OpenFiles > usual.OpenFiles ? $"{OpenFiles} open files" : null,
            TmpBytes > usual.TmpBytes ? $"tmp {TmpBytes / Mebibyte} MiB" : null,
            StderrBytes > usual.StderrBytes ? $"stderr {StderrBytes / Mebibyte} MiB" : null,
        ];
        return string.Join(", ", wider.OfType<string>());
    }

    /// <summary>How long a plugin may take to end after SIGTERM.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);
}
