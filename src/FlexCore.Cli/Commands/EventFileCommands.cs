using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;

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
            var count = path == StandardStream ? await ExportAsync(api, Console.OpenStandardOutput(), cancellationToken) : await ExportToFileAsync(api, path, cancellationToken);
            await Console.Error.WriteLineAsync($"{Words.Count(count)} events exported");
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
            await using var input = path == StandardStream ? Console.OpenStandardInput() : Open(path);
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed), cancellationToken);
            var count = await session.EventLog.ImportEventsAsync(input, cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["imported"] = count });
            else Console.Out.WriteLine($"{Words.Count(count)} events imported");
            return 0;
        });
        return command;
    }

    // Half a log could be taken for a whole one: a file stays only when all is in it.
    private static async Task<long> ExportToFileAsync(IFlexCoreApi api, string path, CancellationToken cancellationToken)
    {
        var output = OwnFile.Create(path);
        try
        {
            await using (output) return await ExportAsync(api, output, cancellationToken);
        }
        catch (Exception e)
        {
            File.Delete(path);
            if (e is IOException) throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {path} cannot be written: {e.Message}"), e);
            throw;
        }
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

    private static FileStream Open(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"the file {path} cannot be read: {e.Message}"), e);
        }
    }
}
