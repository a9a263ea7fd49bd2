using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Holds registered plugins to the files that were registered: one whose copy was changed since is refused, and that is on record.</summary>
public sealed class RegisteredPlugins(IEventLog log)
{
    /// <summary>What is wrong with those of a pipeline; nothing when they may run. Plugins of the project are not registered, and change with it.</summary>
    public async Task<IReadOnlyList<Error>> FindChangedAsync(PipelineDefinition pipeline, CancellationToken cancellationToken)
    {
        var errors = new List<Error>();
        foreach (var plugin in pipeline.Steps.SelectMany(step => step.Plugins).Select(use => use.Manifest).DistinctBy(manifest => manifest.Name))
        {
            var known = await log.ReadPluginAsync(plugin.Name, cancellationToken);
            if (known.Registered is not { } registered || registered.Folder != plugin.Folder || registered.Digest == plugin.Digest) continue;

            var refused = new PluginRefused(plugin.Name, pipeline.Name, ["registered files"]);
            await log.AppendAsync(EventStreams.Plugin(plugin.Name), expectedVersion: null, [refused], EventContext.New(Guid.CreateVersion7()), cancellationToken);
            errors.Add(new Error(
                ErrorCodes.PluginChanged, $"plugin {plugin.Name}: the files in {plugin.Folder} are not those that were registered (sha256 {plugin.Digest[..12]}…, registered {registered.Digest[..12]}…)"));
        }

        return errors;
    }
}
