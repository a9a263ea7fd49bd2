using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Tests.Plugins;

/// <summary>Plugins as a test wants them: how they lie on a disk is tested with the adapter.</summary>
internal sealed class PluginFolder : Dictionary<string, PluginManifest>, IPluginFolders
{
    public const string Data = "/data/plugins/";

    public bool IsOpenToAnybody { get; set; }

    /// <summary>A version of a plugin that asks for something.</summary>
    public static PluginManifest Version(string version, Grant asks, string name = "report") =>
        Some.Use(Grant.None, name).Manifest with { Version = version, Digest = $"digest of {version}", Capabilities = asks };

    public async Task<Result<PluginManifest>> RegisterAsync(string source, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken)
    {
        var manifest = this[source];
        return await refuse(manifest) is { } refused ? refused : this[Data + manifest.Name] = manifest with { Folder = Data + manifest.Name };
    }

    public Task<Result<PluginManifest>> RegisterAsync(Stream archive, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken) => RegisterAsync(new StreamReader(archive).ReadToEnd(), refuse, cancellationToken);

    void IPluginFolders.Remove(string name) => Remove(Data + name);

    public Result<PluginManifest>? FindElsewhere(string name) => TryGetValue(Data + name, out var manifest) ? manifest : default(Result<PluginManifest>?);

    public Result<PluginManifest>? Find(string name) => TryGetValue(name, out var own) ? own : FindElsewhere(name);

    public IReadOnlyList<string> ListNames() => [.. Values.Select(manifest => manifest.Name).Distinct()];

    public bool IsWritableByAnybody(PluginManifest manifest) => IsOpenToAnybody;
}
