using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability.Measured;

/// <summary>The read models, with how long each operation takes.</summary>
internal sealed class MeasuredReadModels(IReadModels inner) : IReadModels
{
    private static readonly MeasuredPort Port = new("read-models");

    public IAsyncDisposable Keep() => inner.Keep();

    public ValueTask<IReadOnlyList<PipelineStatus>> ListPipelinesAsync(PipelineFilter filter, CancellationToken cancellationToken) => Port.MeasureAsync("list-pipelines", () => inner.ListPipelinesAsync(filter, cancellationToken));

    public ValueTask<IReadOnlyList<ExecutionHistory>> ListRunsAsync(RunFilter filter, CancellationToken cancellationToken) => Port.MeasureAsync("list-runs", () => inner.ListRunsAsync(filter, cancellationToken));

    public ValueTask<IReadOnlyList<PluginInventory>> ListPluginsAsync(CancellationToken cancellationToken) => Port.MeasureAsync("list-plugins", () => inner.ListPluginsAsync(cancellationToken));

    public ValueTask<SystemMetrics> ReadMetricsAsync(CancellationToken cancellationToken) => Port.MeasureAsync("read-metrics", () => inner.ReadMetricsAsync(cancellationToken));

    public ValueTask RebuildAsync(CancellationToken cancellationToken) => Port.MeasureAsync("rebuild", () => inner.RebuildAsync(cancellationToken));
}
