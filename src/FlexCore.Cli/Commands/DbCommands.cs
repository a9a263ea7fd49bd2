using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Output;
using FlexCore.EventStore;
using FlexCore.Infrastructure;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore db</c>.</summary>
internal static class DbCommands
{
    public static Command Create() => new("db", "The event store: where it is, the version of its tables, and backups") { Migrate(), Status(), DbBackupCommands.Backup(), DbBackupCommands.Restore() };

    private static Command Migrate()
    {
        var command = new Command("migrate", "Bring the tables to the version that this program knows, as every command does that opens the store. Example: flexcore db migrate")
        {
            CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed);
            var store = project.ReadSettings().Store;
            var applied = await InfrastructureModule.MigrateStoreAsync(project.Data, store, cancellationToken);
            var status = await InfrastructureModule.GetStoreStatusAsync(project.Data, store, cancellationToken);
            if (parsed.GetValue(CommandLine.Json))
            {
                JsonOutput.Print(new JsonObject { ["applied"] = JsonOutput.Array(applied, name => name), ["version"] = status.Version, ["known"] = status.Known });
                return 0;
            }

            foreach (var name in applied) Console.Out.WriteLine($"applied {name}");
            Console.Out.WriteLine($"{status.Place}: schema version {status.Version}{(applied.Count == 0 ? ", nothing to do" : "")}");
            return 0;
        });
        return command;
    }

    private static Command Status()
    {
        var command = new Command("status", "Where the store is, whether this version opens it as it is, and what there is to migrate; changes nothing. Example: flexcore db status") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed);
            var store = project.ReadSettings().Store;
            var status = await InfrastructureModule.GetStoreStatusAsync(project.Data, store, cancellationToken);
            var kind = store.Kind.ToString().ToLowerInvariant();
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(Describe(kind, status));
            else Print(kind, status);
            return 0;
        });
        return command;
    }

    private static void Print(string kind, SchemaStatus status)
    {
        Console.Out.WriteLine($"store: {kind}, {status.Place}");
        Console.Out.WriteLine($"schema: version {status.Version} of {status.Known}");
        if (status.Pending.Count > 0) Console.Out.WriteLine($"pending: {string.Join(", ", status.Pending)}");
        Console.Out.WriteLine($"events: {Figures.Count(status.LastPosition)}");
        if (status.Version > 0) Console.Out.WriteLine(status.IsOlder ? "the first command or node of this version migrates it: back it up before, with the version that it is of" : "this version opens it as it is");
    }

    private static JsonObject Describe(string kind, SchemaStatus status) => new()
    {
        ["kind"] = kind,
        ["place"] = status.Place,
        ["version"] = status.Version,
        ["known"] = status.Known,
        ["pending"] = JsonOutput.Array(status.Pending, name => name),
        ["events"] = status.LastPosition,
    };
}
