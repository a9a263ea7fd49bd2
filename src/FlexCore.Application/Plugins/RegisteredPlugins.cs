using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Plugins;

/// <summary>Keeps runs from plugins that are disabled or were removed, and holds registered ones to the files that were registered. What is refused is on record.</summary>
public sealed class RegisteredPlugins(IEventLog log)
{
    /// <summary>What is wrong with those of a pipeline; nothing when they may run. The files of plugins of the project are not registered, and change with it.</summary>
    public async Task<IReadOnlyList<Error>> FindRefusedAsync(PipelineDefinition pipeline, CancellationToken cancellationToken)
    {
        var errors = new List<Error>();
        foreach (var plugin in pipeline.Steps.SelectMany(step => step.Plugins).Select(use => use.Manifest).DistinctBy(manifest => (manifest.Name, manifest.Digest)))
        {
            if ((await log.ReadPluginAsync(plugin.Name, cancellationToken)).RefuseToRun(plugin) is not var (error, missing)) continue;
            var refused = new PluginRefused(plugin.Name, pipeline.Name, [missing]);
            await log.AppendAsync(EventStreams.Plugin(plugin.Name), expectedVersion: null, [refused], EventContext.New(Guid.CreateVersion7()), cancellationToken);
            errors.Add(error);
        }

        return errors;
    }
}
