using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Registers a plugin, a folder or an archive: its files are copied into the data directory, so that later edits do not reach what runs.</summary>
public sealed class AddPlugin(IPluginFolders folders, IEventLog log)
{
    /// <summary>Checks and registers; an older version of the same name is replaced.</summary>
    public async Task<Result<PluginManifest>> HandleAsync(string source, CancellationToken cancellationToken)
    {
        var copy = await folders.RegisterAsync(source, cancellationToken);
        if (!copy.IsSuccess) return copy;

        var plugin = copy.Value;
        var registered = new PluginRegistered(plugin.Name, plugin.Version, plugin.Kind.ToString().ToLowerInvariant(), plugin.Digest, plugin.Folder);
        await log.AppendAsync(
            EventStreams.Plugin(plugin.Name), expectedVersion: null, [registered], EventContext.New(Guid.CreateVersion7()), cancellationToken);
        return copy;
    }
}
