using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Monitoring;

/// <summary>Pipelines and how they fare, by name.</summary>
public sealed record GetPipelineStatus : IQuery<IReadOnlyList<PipelineStatus>>
{
    /// <summary>Which; all where nothing is said.</summary>
    public PipelineFilter Filter { get; init; } = new();

    /// <inheritdoc/>
    public Permission Permission => Permission.Look;

    /// <inheritdoc/>
    public Reach Reach => Reach.Scope;
}

/// <summary>All plugins that were registered or used, and what their processes did, by name.</summary>
public sealed record ListActivePlugins : IQuery<IReadOnlyList<PluginInventory>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;
}

/// <summary>What all runs have done together.</summary>
public sealed record GetSystemMetrics : IQuery<SystemMetrics>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;
}

/// <summary>Answers from the views of the log.</summary>
public sealed class Overview(IReadModels views)
    : IHandler<GetPipelineStatus, IReadOnlyList<PipelineStatus>>, IHandler<ListActivePlugins, IReadOnlyList<PluginInventory>>, IHandler<GetSystemMetrics, SystemMetrics>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<PipelineStatus>>> HandleAsync(GetPipelineStatus request, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.Scope is null) return (await views.ListPipelinesAsync(request.Filter, cancellationToken)).ToArray();
        var found = await views.ListPipelinesAsync(request.Filter with { Limit = int.MaxValue }, cancellationToken);
        return found.Where(pipeline => caller.MaySee(pipeline.Name)).Take(request.Filter.Limit).ToArray();
    }

    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<PluginInventory>>> HandleAsync(ListActivePlugins request, Caller caller, CancellationToken cancellationToken) =>
        (await views.ListPluginsAsync(cancellationToken)).ToArray();

    /// <inheritdoc/>
    public async Task<Result<SystemMetrics>> HandleAsync(GetSystemMetrics request, Caller caller, CancellationToken cancellationToken) => await views.ReadMetricsAsync(cancellationToken);
}
