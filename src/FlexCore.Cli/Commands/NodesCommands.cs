using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;
using FlexCore.Domain;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore nodes list|drain</c>.</summary>
internal static class NodesCommands
{
    public static Command Create() => new("nodes", "The processes that take runs from the queue (`flexcore serve`)") { List(), Drain() };

    private static Command List()
    {
        var command = new Command("list", "Every node with its slots and runs; one that was lost is shown for a day. Example: flexcore nodes list") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var nodes = (await session.AskAsync(new ListNodes(), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(nodes, Describe));
            else TextTable.Print(["NODE", "STATUS", "RUNS", "SLOTS", "LABELS", "VERSION", "SINCE"], nodes.Select(Row));
            return 0;
        });
        return command;
    }

    private static Command Drain()
    {
        var name = new Argument<string>("NAME") { Description = "The node's name, or its id" };
        var command = new Command("drain", "Let a node take no more runs; those that it has go on. Example: flexcore nodes drain worker-3") { name, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var drained = await session.AskAsync(new DrainNode(parsed.GetRequiredValue(name)), cancellationToken);
            if (!drained.IsSuccess) return new ErrorPrinter(json).Print(drained.Errors);
            if (json) JsonOutput.Print(Describe(drained.Value));
            else Console.Out.WriteLine($"node {Printable.Escape(drained.Value.Node.Name)} takes no more runs; it has {Words.Count(drained.Value.Runs)}");
            return 0;
        });
        return command;
    }

    private static string Status(NodeStatus node) => !node.IsLive ? "lost" : node.IsDraining ? "draining" : "live";

    private static IReadOnlyList<string> Row(NodeStatus node) =>
    [
        Printable.Escape(node.Node.Name), Status(node), Words.Count(node.Runs), Words.Count(node.Node.Slots), node.Node.Labels.Count == 0 ? "-" : string.Join(",", node.Node.Labels), node.Node.Version,
        Words.Time(node.Node.StartedAt),
    ];

    private static JsonObject Describe(NodeStatus node) => new()
    {
        ["id"] = node.Node.Id,
        ["name"] = node.Node.Name,
        ["status"] = Status(node),
        ["runs"] = node.Runs,
        ["slots"] = node.Node.Slots,
        ["labels"] = JsonOutput.Array(node.Node.Labels, label => label),
        ["version"] = node.Node.Version,
        ["started_at"] = node.Node.StartedAt.ToString("O"),
    };
}
