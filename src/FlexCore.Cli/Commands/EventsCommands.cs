using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events list|show|replay|verify|prove|key|export|import|archive|erase</c>.</summary>
internal static class EventsCommands
{
    public static Command Create() => new("events", "The event log: everything that has happened") { List(), Show(), EventsReplayCommand.Create(), EventsVerifyCommand.Create(), EventsProveCommand.Create(), EventsProveCommand.Key(), EventFileCommands.Export(), EventFileCommands.Import(), EventsArchiveCommand.Create(), EventsEraseCommand.Create() };

    public static JsonObject Describe(StoredEvent stored) => new()
    {
        ["position"] = stored.Position,
        ["stream"] = stored.Stream,
        ["version"] = stored.Version,
        ["id"] = stored.Id.ToString(),
        ["type"] = stored.Type,
        ["at"] = stored.At.ToString("O"),
        ["data"] = JsonOutput.Node(stored.Data),
        ["metadata"] = JsonOutput.Node(stored.Metadata),
    };

    private static Command List()
    {
        var stream = new Option<string?>("--stream") { Description = "Only this event stream, for example run-ID" };
        var category = new Option<string?>("--category") { Description = "Only streams of this category: pipeline, run, state, plugin, execution, secret, node, erasure" };
        var type = new Option<string?>("--type") { Description = "Only events of this type" };
        var after = new Option<long>("--after") { Description = "Only events after this position" };
        var limit = CommandLine.Limit(100);
        var command = new Command("list", "Events in the order they happened. Example: flexcore events list --category run")
        {
            stream, category, type, after, limit, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var query = new EventQuery(parsed.GetValue(after), parsed.GetValue(limit), parsed.GetValue(stream), parsed.GetValue(category), parsed.GetValue(type));
            var events = (await session.AskAsync(new ListEvents(query), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(events, Describe));
            else TextTable.Print(["POSITION", "TIME", "STREAM", "VERSION", "TYPE"], events.Select(Row));
            if (events.Count == query.Limit) Console.Error.WriteLine($"There may be more: --after {events[^1].Position}, or a larger --limit.");
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var position = new Argument<long>("POSITION") { Description = "Its place in the log" };
        var command = new Command("show", "One event with its data and metadata. Example: flexcore events show 1") { position, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var found = await session.AskAsync(new ShowEvent(parsed.GetRequiredValue(position)), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(parsed.GetValue(CommandLine.Json)).Print(found.Errors);
            JsonOutput.Print(Describe(found.Value));
            return 0;
        });
        return command;
    }

    private static IReadOnlyList<string> Row(StoredEvent stored) =>
        [stored.Position.ToString(), Words.Time(stored.At), stored.Stream, stored.Version.ToString(), stored.Type];
}
