using FlexCore.Application.Monitoring;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Plugins;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Runs;

/// <summary>Everything that a run rests on, checked: it may begin.</summary>
/// <param name="Pipeline">Its definition.</param>
/// <param name="Isolation">How its plugins are kept apart from the machine.</param>
public sealed record PreparedRun(PipelineDefinition Pipeline, Isolation Isolation)
{
    /// <summary>The steps, in the order in which they can run.</summary>
    public IReadOnlyList<string> Order => StepGraph.Sort([.. Pipeline.Steps.Select(step => KeyValuePair.Create(step.Id, step.Needs))]).Order;

    /// <summary>The plugins as they are now, which is how the run uses them.</summary>
    public IReadOnlyList<PluginPin> Pins =>
        [.. Pipeline.Steps.SelectMany(step => step.Plugins.Select(use => new PluginPin(step.Id, use.Manifest.Name, use.Manifest.Version, use.Manifest.Digest, GrantHash.Compute(use.Grant, use.Manifest.Limits, Isolation.Name))))];
}

/// <summary>Checks all that a run rests on, and records what of it is new.</summary>
/// <param name="pipelines">Reads by the settings of the project as they are now.</param>
/// <param name="registered">What plugins were when they were registered.</param>
/// <param name="isolation">What keeps plugins apart.</param>
/// <param name="log">What is on record.</param>
public sealed class RunPreparation(Func<IPipelineReader> pipelines, RegisteredPlugins registered, HostIsolation isolation, IEventLog log)
{
    private readonly SubPipelineGraph _subPipelines = SubPipelineGraph.Of(log);

    /// <summary>Reads and checks; the only thing that is stored by it is what was refused.</summary>
    public async Task<Result<PreparedRun>> CheckAsync(PipelineRequest request, Func<PipelineDefinition, Result<PipelineDefinition>> cut, bool allowsUnconfined, CancellationToken cancellationToken)
    {
        // 1. Everything that can be wrong with the input, at once.
        var read = await pipelines().ReadAsync(request, cancellationToken);
        if (!read.IsSuccess)
        {
            await RecordRefusalsAsync(read.Errors, cancellationToken);
            return read.Errors.ToArray();
        }

        var pipeline = cut(read.Value);
        if (!pipeline.IsSuccess) return pipeline.Errors.ToArray();
        if (await _subPipelines.CheckAsync([pipeline.Value], cancellationToken) is { Count: > 0 } wrong) return wrong.ToArray();

        // 2. A plugin is what was registered, nobody has disabled it, and it is confined as promised, or nothing starts.
        if (await registered.FindRefusedAsync(pipeline.Value, cancellationToken) is { Count: > 0 } refused) return refused.ToArray();
        var confined = await isolation.RequireAsync(pipeline.Value, allowsUnconfined, cancellationToken);
        return confined.IsSuccess ? new PreparedRun(pipeline.Value, confined.Value) : confined.Errors.ToArray();
    }

    /// <summary>Puts on record what each plugin is granted, where that is new.</summary>
    public async Task RecordGrantsAsync(PipelineDefinition pipeline, EventContext context, CancellationToken cancellationToken)
    {
        var uses = pipeline.Steps.SelectMany(step => step.Plugins.Select(use => (Step: step.Id, Use: use)));
        foreach (var plugin in uses.GroupBy(item => item.Use.Manifest.Name))
        {
            var stream = EventStreams.Plugin(plugin.Key);
            var known = await log.ReadPluginAsync(plugin.Key, cancellationToken);
            var changed = plugin.Select(item => known.Use(pipeline.Name, item.Step, item.Use.Grant, item.Use.GrantSource)).OfType<IDomainEvent>().ToList();
            if (changed.Count > 0) await log.AppendAsync(stream, expectedVersion: null, changed, context, cancellationToken);
        }
    }

    private async Task RecordRefusalsAsync(IReadOnlyList<Error> errors, CancellationToken cancellationToken)
    {
        foreach (var missing in errors.OfType<MissingGrant>())
            await log.AppendAsync(EventStreams.Plugin(missing.Refusal.Plugin), expectedVersion: null, [missing.Refusal], EventContext.New(Guid.CreateVersion7()), cancellationToken);
    }
}
