using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore workers list|release</c>.</summary>
internal static class WorkersCommands
{
    public static Command Create() => new("workers", "Nodes that come and go with the queue (`flexcore serve --autoscale`)") { List(), Release() };

    private static Command List()
    {
        var status = new Option<string?>("--status") { Description = "requested, starting, running, releasing or failed", HelpName = "STATUS" };
        return ApiCommand.Create("list", "Every worker that is wanted, and how far it is. Example: flexcore workers list --status failed", [status], async (api, parsed, cancellationToken) =>
        {
            var workers = await api.ListWorkersAsync(parsed.GetValue(status), cancellationToken).ToListAsync(cancellationToken);
            return ApiCommand.Print(parsed, workers, JsonOutput.Documents.IReadOnlyListWorker, list => TextTable.Print(["WORKER", "STATUS", "SINCE", "SLOTS", "MACHINE", "REASON"], list.Select(Row)));
        });
    }

    private static Command Release()
    {
        var name = new Argument<string>("NAME") { Description = "The worker" };
        return ApiCommand.Create("release", "Let a worker go, once its runs have ended; where it is still needed, another one comes. Example: flexcore workers release worker-3", [name], async (api, parsed, cancellationToken) => ApiCommand.Print(
            parsed, await api.ReleaseWorkerAsync(parsed.GetRequiredValue(name), cancellationToken), JsonOutput.Documents.Worker, worker => Console.Out.WriteLine($"worker {Printable.Escape(worker.Name)} goes when its runs have ended")));
    }

    private static IReadOnlyList<string> Row(Worker worker) =>
        [Printable.Escape(worker.Name), worker.Status, Figures.Time(worker.Since), Figures.Count(worker.Slots), worker.Machine is { } machine ? Printable.Escape(machine) : "-", worker.Reason is { } reason ? Printable.Escape(reason) : "-"];
}
