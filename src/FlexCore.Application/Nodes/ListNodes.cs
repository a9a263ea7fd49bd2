using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Nodes;

/// <summary>The nodes that are known, by name; one that was lost is shown for a day.</summary>
public sealed record ListNodes : IQuery<IReadOnlyList<NodeStatus>>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Look;
}

/// <summary>Lets a node take no more runs; those that it has go on.</summary>
/// <param name="Node">Its name, or its id where several have one name.</param>
public sealed record DrainNode(string Node) : ICommand<NodeStatus>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Operate;
}

/// <summary>Looks at nodes, and drains them.</summary>
public sealed class NodeRegistry(IRunQueue queue) : IHandler<ListNodes, IReadOnlyList<NodeStatus>>, IHandler<DrainNode, NodeStatus>
{
    /// <inheritdoc/>
    public async Task<Result<IReadOnlyList<NodeStatus>>> HandleAsync(ListNodes request, Caller caller, CancellationToken cancellationToken) => (await queue.ListNodesAsync(cancellationToken)).ToArray();

    /// <inheritdoc/>
    public async Task<Result<NodeStatus>> HandleAsync(DrainNode request, Caller caller, CancellationToken cancellationToken)
    {
        var live = (await queue.ListNodesAsync(cancellationToken)).Where(node => node.IsLive && (node.Node.Name == request.Node || node.Node.Id == request.Node)).ToList();
        if (live.Count > 1) return new Error(ErrorCodes.NotFound, $"{live.Count} nodes are called '{Printable.Escape(request.Node)}'", SpecificRemedy: $"Give the id of one: {string.Join(", ", live.Select(node => node.Node.Id))}.");
        return live.Count == 1 && await queue.DrainAsync(live[0].Node.Id, cancellationToken)
            ? live[0] with { IsDraining = true }
            : new Error(ErrorCodes.NotFound, $"no live node is called '{Printable.Escape(request.Node)}'", SpecificRemedy: "List what is there: `flexcore nodes list`.");
    }
}
