using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Monitoring;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events replay</c>.</summary>
internal static class EventsReplayCommand
{
    // RFC 3339; the fraction of a second may have any number of digits.
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    public static Command Create()
    {
        var stream = new Option<string>("--stream") { Description = "The event stream, for example run-ID", Required = true };
        var toVersion = new Option<long?>("--to-version") { Description = "As it was after so many events", HelpName = "N" };
        var at = new Option<string?>("--at") { Description = "As it was at that time: RFC 3339, for example 2026-11-21T05:43:00Z", HelpName = "TIME" };
        var command = new Command("replay", "What an event stream says, as it was. Example: flexcore events replay --stream pipeline-orders --to-version 2")
        {
            stream, toVersion, at, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        toVersion.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && long.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && number < 1) result.AddError($"--to-version {number}: it must be at least 1");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            if (parsed.GetValue(toVersion) is not null && parsed.GetValue(at) is not null)
                throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "give --to-version or --at, not both"));
            var query = new ReplayEventsQuery(parsed.GetRequiredValue(stream), parsed.GetValue(toVersion), parsed.GetValue(at) is { } time ? ReadTime(time) : null);
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var replayed = await session.AskAsync(query, cancellationToken);
            if (!replayed.IsSuccess) return new ErrorPrinter(json).Print(replayed.Errors);
            if (json) JsonOutput.Print(Describe(replayed.Value));
            else Print(replayed.Value);
            return 0;
        });
        return command;
    }

    private static DateTimeOffset ReadTime(string text) =>
        text.Contains('T', StringComparison.Ordinal) && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal))
        && DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--at {text}: it must be a time of RFC 3339 with its zone, for example 2026-11-21T05:43:00Z"));

    private static void Print(ReplayedHistory replayed)
    {
        Console.Out.WriteLine($"{replayed.Last.Stream} at version {replayed.Last.Version}, {Words.Time(replayed.Last.At)}");
        if (replayed.Run is { } run) RunSummaryPrinter.PrintDetails(RunDocuments.DescribePast(run, replayed.StartedAt));
        else if (replayed.Pipeline is { } pipeline) Console.Out.WriteLine($"{Words.Kebab(pipeline.Lifecycle)}, definition {pipeline.Current?.Number} from {pipeline.Current?.File}, sha256 {pipeline.Current?.Hash}");
        else if (replayed.State is { } state) JsonOutput.Print(Describe(state));
        else JsonOutput.Print(JsonOutput.Array(replayed.Newest!, EventsCommands.Describe));
    }

    private static JsonObject Describe(ReplayedHistory replayed) => new()
    {
        ["stream"] = replayed.Last.Stream,
        ["version"] = replayed.Last.Version,
        ["at"] = replayed.Last.At.ToString("O"),
        ["run"] = replayed.Run is { } run ? JsonSerializer.SerializeToNode(RunDocuments.DescribePast(run, replayed.StartedAt), JsonOutput.Documents.Run) : null,
        ["state"] = replayed.State is { } state ? Describe(state) : null,
        ["pipeline"] = replayed.Pipeline is { } pipeline ? new JsonObject { ["lifecycle"] = Words.Kebab(pipeline.Lifecycle), ["version"] = pipeline.Current?.Number, ["hash"] = pipeline.Current?.Hash, ["file"] = pipeline.Current?.File } : null,
        ["events"] = replayed.Newest is { } newest ? JsonOutput.Array(newest, EventsCommands.Describe) : null,
    };

    private static JsonObject Describe(CommittedState state) => new()
    {
        ["value"] = state.Value is { } value ? JsonOutput.Node(value) : null,
        ["run_id"] = state.RunId?.ToString(),
        ["targets"] = JsonOutput.Array(state.Targets, target => new JsonObject
        {
            ["target"] = target.Target,
            ["number"] = target.Number,
            ["value"] = target.Value is { } value ? JsonOutput.Node(value) : null,
        }),
    };
}
