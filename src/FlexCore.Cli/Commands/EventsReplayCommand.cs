using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Monitoring;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events replay</c>.</summary>
internal static class EventsReplayCommand
{
    public static Command Create()
    {
        var stream = new Option<string>("--stream") { Description = "The event stream, for example run-ID or state-PIPELINE.STEP", Required = true };
        var version = new Option<long?>("--to-version") { Description = "Up to this version of the stream", HelpName = "N" };
        var at = new Option<DateTimeOffset?>("--at") { Description = "Up to this time (RFC 3339, for example 2026-03-01T12:00:00Z)", HelpName = "TIME" };
        var command = new Command("replay", "What a stream said once. Example: flexcore events replay --stream state-orders.load --to-version 3") { stream, version, at, CommandLine.Data, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed.GetValue(CommandLine.Data)).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.ReplayEvents.HandleAsync(parsed.GetRequiredValue(stream), parsed.GetValue(version), parsed.GetValue(at), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
            if (json) JsonOutput.Print(Describe(found.Value));
            else Print(found.Value);
            return 0;
        });
        return command;
    }

    private static JsonObject Describe(StreamHistory replayed) => new()
    {
        ["stream"] = replayed.Stream,
        ["version"] = replayed.Version,
        ["at"] = replayed.At.ToString("O"),
        ["run"] = replayed.Run is { } run ? RunDocument.Describe(run, new Dictionary<string, JsonElement>(StringComparer.Ordinal)) : null,
        ["last"] = JsonOutput.Array(replayed.Last, EventsCommands.Describe),
    };

    private static void Print(StreamHistory replayed)
    {
        Console.Out.WriteLine($"{replayed.Stream} at version {replayed.Version}, {Words.Time(replayed.At)}");
        if (replayed.Run is { } run)
        {
            Console.Out.WriteLine($"run of {run.Pipeline} (version {run.PipelineVersion}): {Words.Status(run.Status)}");
            foreach (var step in run.Steps) Console.Out.WriteLine($"  {RunViews.Closing(step)}");
            return;
        }

        foreach (var stored in replayed.Last) Console.Out.WriteLine($"  {stored.Type} (version {stored.Version}): {stored.Data.GetRawText()}");
    }
}
