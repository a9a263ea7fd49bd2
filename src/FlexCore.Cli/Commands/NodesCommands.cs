using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore nodes list|drain</c>.</summary>
internal static class NodesCommands
{
    public static Command Create() => new("nodes", "The processes that take runs from the queue (`flexcore serve`)") { List(), Drain() };

    private static Command List() => ApiCommand.Create("list", "Every node with its slots and runs; one that was lost is shown for a day. Example: flexcore nodes list", [], async (api, parsed, cancellationToken) =>
    {
        var nodes = await api.ListNodesAsync(cancellationToken).ToListAsync(cancellationToken);
        return ApiCommand.Print(parsed, nodes, JsonOutput.Documents.IReadOnlyListNode, list => TextTable.Print(["NODE", "STATUS", "RUNS", "SLOTS", "LABELS", "VERSION", "SINCE", "ADDRESS"], list.Select(Row)));
    });

    private static Command Drain()
    {
        var name = new Argument<string>("NAME") { Description = "The node's name, or its id" };
        return ApiCommand.Create("drain", "Let a node take no more runs; those that it has go on. Example: flexcore nodes drain worker-3", [name], async (api, parsed, cancellationToken) => ApiCommand.Print(
            parsed, await api.DrainNodeAsync(parsed.GetRequiredValue(name), cancellationToken), JsonOutput.Documents.Node,
            node => Console.Out.WriteLine($"node {Printable.Escape(node.Name)} takes no more runs; it has {Figures.Count(node.Runs)}")));
    }

    private static IReadOnlyList<string> Row(Node node) =>
        [Printable.Escape(node.Name), node.Status, Figures.Count(node.Runs), Figures.Count(node.Slots), node.Labels.Count == 0 ? "-" : string.Join(",", node.Labels), node.Version, Figures.Time(node.StartedAt), node.Address is { } address ? Printable.Escape(address) : "-"];
}
