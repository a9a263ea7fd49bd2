using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Monitoring;

/// <summary>Holds plugins to level <c>sandbox</c>: what this machine cannot give is refused, and that is on record.</summary>
public sealed class HostIsolation(IIsolation isolation, IEventLog log)
{
    /// <summary>Why the pipeline's plugins cannot be started here; null when they can.</summary>
    public async Task<Error?> RequireAsync(PipelineDefinition pipeline, CancellationToken cancellationToken)
    {
        var plugins = pipeline.Steps.SelectMany(step => step.Plugins).Select(use => use.Manifest.Name).Distinct().ToList();
        if (plugins.Count == 0) return null;

        var report = await isolation.ProbeAsync(cancellationToken);
        var context = EventContext.New(Guid.CreateVersion7());
        var missing = report.Features.Where(feature => !feature.IsPresent).ToList();
        await RecordProbeAsync(new IsolationProbed(report.IsSandbox ? "sandbox" : "none", report.Limits, [.. missing.Select(feature => feature.Name)]), context, cancellationToken);
        if (report.IsSandbox) return null;

        var blockers = missing.Where(feature => feature.IsRequired).ToList();
        foreach (var plugin in plugins)
        {
            var refused = new PluginRefused(plugin, pipeline.Name, [.. blockers.Select(feature => feature.Name)]);
            await log.AppendAsync(EventStreams.Plugin(plugin), expectedVersion: null, [refused], context, cancellationToken);
        }

        return new Error(
            ErrorCodes.IsolationUnavailable,
            "plugins cannot be isolated on this machine: " + string.Join("; ", blockers.Select(feature => $"{feature.Name}: {feature.Detail}")),
            SpecificRemedy: blockers.Find(feature => feature.Remedy is not null)?.Remedy);
    }

    private async Task RecordProbeAsync(IsolationProbed probed, EventContext context, CancellationToken cancellationToken)
    {
        var stream = EventStreams.Node(Environment.MachineName);
        if (await log.ReadLastAsync(stream, cancellationToken) is { } last
            && last.Event is IsolationProbed before
            && before.Level == probed.Level && before.Limits == probed.Limits && before.Missing.SequenceEqual(probed.Missing)) return;
        await log.AppendAsync(stream, expectedVersion: null, [probed], context, cancellationToken);
    }
}
