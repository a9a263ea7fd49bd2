using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Ports;

/// <summary>Plugin folders on disk: those that a user names, and the copies that a data directory keeps, each version in a folder of its own.</summary>
public interface IPluginFolders
{
    /// <summary>
    /// Checks a plugin, given as a folder or an archive, copies it into the data directory beside its other versions and runs its install there. When all of that has succeeded it is
    /// the version in use, in one step; else nothing of it is left, and the version before is in use.
    /// </summary>
    /// <param name="source">The folder or archive.</param>
    /// <param name="admit">Says under what it is installed, or why it is not to be copied after all.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    Task<Result<RegisteredCopy>> RegisterAsync(string source, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken);

    /// <summary>The same of an archive that is sent.</summary>
    Task<Result<RegisteredCopy>> RegisterAsync(Stream archive, Func<PluginManifest, Task<Result<InstallTerms>>> admit, CancellationToken cancellationToken);

    /// <summary>Removes all registered copies of that name.</summary>
    /// <exception cref="FlexCoreException">They cannot be removed.</exception>
    Task RemoveAsync(string name);

    /// <summary>Removes the copies of a version that is not in use.</summary>
    /// <param name="plugin">The plugin, with the version.</param>
    /// <returns>How many there were.</returns>
    /// <exception cref="FlexCoreException">They cannot be removed.</exception>
    Task<int> RemoveVersionAsync(PluginReference plugin);

    /// <summary>
    /// The registered copy of that name, of the version in use or of the one that is named; where nothing is registered and no version named, the plugin that FlexCore brings along; null when
    /// there is neither.
    /// </summary>
    Result<PluginManifest>? FindElsewhere(PluginReference plugin);

    /// <summary>The plugin that a pipeline gets by that name: the project's own, else what <see cref="FindElsewhere"/> finds; null when there is neither.</summary>
    Result<PluginManifest>? Find(string name);

    /// <summary>Names of all plugins of the project, and of all registered ones.</summary>
    IReadOnlyList<string> ListNames();

    /// <summary>The versions of a plugin of which this machine has a copy, in the order of their names.</summary>
    IReadOnlyList<KeptVersion> ListVersions(string name);

    /// <summary>Whether any user of this machine may write the plugin's folder, or a file in it.</summary>
    bool IsWritableByAnybody(PluginManifest manifest);
}

/// <summary>Under what the install of a plugin runs; of no account where it has none.</summary>
/// <param name="Isolation">How it is kept apart from the machine.</param>
/// <param name="Limits">What each of its commands may use up.</param>
/// <param name="Say">Told of each command, and of each line that one writes.</param>
public sealed record InstallTerms(Isolation Isolation, PluginLimits Limits, Action<string> Say);

/// <summary>A plugin that was copied into the data directory.</summary>
/// <param name="Manifest">Of the copy.</param>
/// <param name="Install">How it was installed; null where there was nothing to install.</param>
public sealed record RegisteredCopy(PluginManifest Manifest, InstallRecord? Install);

/// <summary>A version of a plugin of which a machine has a copy.</summary>
/// <param name="Version">From its manifest; null where that cannot be read.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="IsInUse">Whether it is the one that pipelines get which name no version.</param>
public sealed record KeptVersion(string? Version, string Folder, bool IsInUse);
