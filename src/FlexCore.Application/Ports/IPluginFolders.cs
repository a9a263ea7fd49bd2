using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Ports;

/// <summary>Plugin folders on disk: those that a user names, and the copies that a data directory keeps.</summary>
public interface IPluginFolders
{
    /// <summary>Reads and checks the plugin.yaml of a folder.</summary>
    Result<PluginManifest> Read(string folder);

    /// <summary>Checks a plugin, given as a folder or an archive, and copies it into the data directory, replacing an older copy in one step.</summary>
    /// <returns>The manifest of the copy.</returns>
    Task<Result<PluginManifest>> RegisterAsync(string source, CancellationToken cancellationToken);

    /// <summary>The registered copy of that name, or null.</summary>
    Result<PluginManifest>? FindRegistered(string name);
}
