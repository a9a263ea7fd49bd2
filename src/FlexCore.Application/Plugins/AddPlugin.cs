using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>A plugin that was registered.</summary>
/// <param name="Manifest">That of the copy.</param>
/// <param name="Waiting">What it asks for beyond its standing grants.</param>
public sealed record AddedPlugin(PluginManifest Manifest, Grant Waiting);

/// <summary>Registers a plugin, a folder or an archive: its files are copied into the data directory, so that later edits do not reach what runs.</summary>
public sealed class AddPlugin(IPluginFolders folders, IEventLog log)
{
    /// <summary>Checks and registers; an older version of the same name is replaced. Of its grants it keeps what it still asks for.</summary>
    public async Task<Result<AddedPlugin>> HandleAsync(string source, CancellationToken cancellationToken)
    {
        var copy = await folders.RegisterAsync(source, cancellationToken);
        if (!copy.IsSuccess) return copy.Errors.ToArray();

        var plugin = copy.Value;
        await log.AppendAsync(
            EventStreams.Plugin(plugin.Name), expectedVersion: null, [Plugin.Register(plugin)], EventContext.New(Guid.CreateVersion7()), cancellationToken);
        return new AddedPlugin(plugin, (await log.ReadPluginAsync(plugin.Name, cancellationToken)).Waiting);
    }
}
