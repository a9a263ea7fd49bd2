using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events export|import</c>.</summary>
internal static class EventFileCommands
{
    private const string StandardStream = "-";

    public static Command Export()
    {
        var file = new Argument<string>("FILE") { Description = "A file that is not there yet, or - for standard output", DefaultValueFactory = _ => StandardStream };
        return ApiCommand.Create("export", "Write the whole log as JSON Lines. Example: flexcore events export log.jsonl", [file], async (api, parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            var count = path == StandardStream ? await ExportAsync(api, Console.OpenStandardOutput(), cancellationToken) : await OwnFile.WriteAsync(path, output => ExportAsync(api, output, cancellationToken));
            await Console.Error.WriteLineAsync($"{Figures.Count(count)} events exported");
            return 0;
        });
    }

    public static Command Import()
    {
        var file = new Argument<string>("FILE") { Description = "An exported log, or - for standard input" };
        var command = new Command("import", "Take over the log of another store, into an empty store or one that has the beginning of that log. Example: flexcore events import log.jsonl")
        {
            file, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetRequiredValue(file);
            await using var input = path == StandardStream ? Console.OpenStandardInput() : OwnFile.OpenRead(path);
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
            var count = await session.EventLog.ImportEventsAsync(input, cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["imported"] = count });
            else Console.Out.WriteLine($"{Figures.Count(count)} events imported");
            return 0;
        });
        return command;
    }

    private static async Task<long> ExportAsync(IFlexCoreApi api, Stream output, CancellationToken cancellationToken)
    {
        try
        {
            return await api.ExportEventsAsync(output, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new FlexCoreException(new Error(ErrorCodes.ServerUnreachable, $"the log was not exported to its end: {e.Message}"), e);
        }
    }
}
