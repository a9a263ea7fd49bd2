using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events list|show|replay|verify|prove|key|export|import|archive|erase</c>.</summary>
internal static class EventsCommands
{
    public static Command Create() => new("events", "The event log: everything that has happened") { List(), Show(), EventsReplayCommand.Create(), EventsVerifyCommand.Create(), EventsProveCommand.Create(), EventsProveCommand.Key(), EventFileCommands.Export(), EventFileCommands.Import(), EventsArchiveCommand.Create(), EventsEraseCommand.Create() };

    private static Command List()
    {
        var stream = new Option<string?>("--stream") { Description = "Only this event stream, for example run-ID" };
        var category = new Option<string?>("--category") { Description = "Only streams of this category: pipeline, run, state, plugin, execution, secret, node, erasure" };
        var type = new Option<string?>("--type") { Description = "Only events of this type" };
        var after = new Option<long>("--after") { Description = "Only events after this position" };
        var limit = CommandLine.Limit(100);
        return ApiCommand.Create("list", "Events in the order they happened. Example: flexcore events list --category run", [stream, category, type, after, limit], async (api, parsed, cancellationToken) =>
        {
            var events = await api.ListEventsAsync(parsed.GetValue(after), parsed.GetValue(stream), parsed.GetValue(category), parsed.GetValue(type), parsed.GetValue(limit), cancellationToken).ToListAsync(cancellationToken);
            ApiCommand.Print(parsed, events, JsonOutput.Documents.IReadOnlyListStoredEvent, list => TextTable.Print(["POSITION", "TIME", "STREAM", "VERSION", "TYPE"], list.Select(Row)));
            if (events.Count == parsed.GetValue(limit)) await Console.Error.WriteLineAsync($"There may be more: --after {events[^1].Position}, or a larger --limit.");
            return 0;
        });
    }

    private static Command Show()
    {
        var position = new Argument<long>("POSITION") { Description = "Its place in the log" };
        return ApiCommand.Create("show", "One event with its data and metadata. Example: flexcore events show 1", [position], async (api, parsed, cancellationToken) =>
        {
            JsonOutput.Print(await api.GetEventAsync(parsed.GetRequiredValue(position), cancellationToken), JsonOutput.Documents.StoredEvent);
            return 0;
        });
    }

    private static IReadOnlyList<string> Row(StoredEvent stored) =>
        [stored.Position.ToString(), Figures.Time(stored.At), stored.Stream, stored.Version.ToString(), stored.Type];
}
