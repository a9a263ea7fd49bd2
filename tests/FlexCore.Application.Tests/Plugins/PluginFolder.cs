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

    /// <summary>Under what the last install was run.</summary>
    public InstallTerms? Terms { get; private set; }

    public async Task<Result<RegisteredCopy>> RegisterAsync(string source, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken)
    {
        var manifest = this[source];
        var terms = await admit(manifest);
        if (!terms.IsSuccess) return terms.Errors.ToArray();
        Terms = terms.Value;
        this[Data + manifest.Name] = manifest with { Folder = Data + manifest.Name, RegisteredFolder = Data + manifest.Name };
        return new RegisteredCopy(this[Data + manifest.Name], manifest.Install is { } install ? new InstallRecord(manifest.Digest, install.Run, install.Net, terms.Value.Isolation.Name, 1) : null);
    }

    public Task<Result<RegisteredCopy>> RegisterAsync(Stream archive, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken) => RegisterAsync(new StreamReader(archive).ReadToEnd(), admit, cancellationToken);

    public Task RemoveAsync(string name)
    {
        Remove(Data + name);
        return Task.CompletedTask;
    }

    public Task<int> RemoveVersionAsync(PluginReference plugin) => Task.FromResult(0);

    public IReadOnlyList<KeptVersion> ListVersions(string name) => FindElsewhere(name) is { IsSuccess: true, Value: { } used } ? [new KeptVersion(used.Version, used.Folder, IsInUse: true)] : [];

    public Result<PluginManifest>? FindElsewhere(PluginReference plugin) => FindElsewhere(plugin.Name);

    public Result<PluginManifest>? FindElsewhere(string name) => TryGetValue(Data + name, out var manifest) ? manifest : default(Result<PluginManifest>?);

    public Result<PluginManifest>? Find(string name) => TryGetValue(name, out var own) ? own : FindElsewhere(name);

    public IReadOnlyList<string> ListNames() => [.. Values.Select(manifest => manifest.Name).Distinct()];

    public bool IsWritableByAnybody(PluginManifest manifest) => IsOpenToAnybody;
}
