using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Ports;

/// <summary>Plugin folders on disk: those that a user names, and the copies that a data directory keeps.</summary>
public interface IPluginFolders
{
    /// <summary>Checks a plugin, given as a folder or an archive, and copies it into the data directory, replacing an older copy in one step.</summary>
    /// <param name="source">The folder or archive.</param>
    /// <param name="refuse">Says why it is not to be copied after all; null when it is.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The manifest of the copy.</returns>
    Task<Result<PluginManifest>> RegisterAsync(string source, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken);

    /// <summary>The same of an archive that is sent.</summary>
    /// <returns>The manifest of the copy.</returns>
    Task<Result<PluginManifest>> RegisterAsync(Stream archive, Func<PluginManifest, Task<Error?>> refuse, CancellationToken cancellationToken);

    /// <summary>Removes the registered copy of that name, if there is one.</summary>
    /// <exception cref="FlexCoreException">It cannot be removed.</exception>
    void Remove(string name);

    /// <summary>The registered copy of that name, else the plugin that FlexCore brings along; null when there is neither.</summary>
    Result<PluginManifest>? FindElsewhere(string name);

    /// <summary>The plugin that a pipeline gets by that name: the project's own, else what <see cref="FindElsewhere"/> finds; null when there is neither.</summary>
    Result<PluginManifest>? Find(string name);

    /// <summary>Names of all plugins of the project, and of all registered ones.</summary>
    IReadOnlyList<string> ListNames();

    /// <summary>Whether any user of this machine may write the plugin's folder, or a file in it.</summary>
    bool IsWritableByAnybody(PluginManifest manifest);
}
