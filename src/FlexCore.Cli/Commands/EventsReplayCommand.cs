using System.CommandLine;
using System.Globalization;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
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
        toVersion.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && long.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && number < 1) result.AddError($"--to-version {number}: it must be at least 1");
        });
        return ApiCommand.Create(
            "replay", "What an event stream says, as it was. Example: flexcore events replay --stream pipeline-orders --to-version 2", [stream, toVersion, at], async (api, parsed, cancellationToken) =>
            {
                if (parsed.GetValue(toVersion) is not null && parsed.GetValue(at) is not null)
                    throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "give --to-version or --at, not both"));
                var time = parsed.GetValue(at) is { } text ? ReadTime(text) : (DateTimeOffset?)null;
                return ApiCommand.Print(
                    parsed, await api.ReplayStreamAsync(parsed.GetRequiredValue(stream), parsed.GetValue(toVersion), time, cancellationToken), JsonOutput.Documents.ReplayedStream, Print);
            });
    }

    private static DateTimeOffset ReadTime(string text) =>
        text.Contains('T', StringComparison.Ordinal) && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal))
        && DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--at {text}: it must be a time of RFC 3339 with its zone, for example 2026-11-21T05:43:00Z"));

    private static void Print(ReplayedStream replayed)
    {
        Console.Out.WriteLine($"{replayed.Stream} at version {replayed.Version}, {Figures.Time(replayed.At)}");
        if (replayed.Run is { } run) RunSummaryPrinter.PrintDetails(run);
        else if (replayed.Pipeline is { } pipeline) Console.Out.WriteLine($"{pipeline.Lifecycle}, definition {pipeline.Version} from {pipeline.File}, sha256 {pipeline.Hash}");
        else if (replayed.State is { } state) JsonOutput.Print(state, JsonOutput.Documents.ReplayedState);
        else JsonOutput.Print(replayed.Events!, JsonOutput.Documents.IReadOnlyListStoredEvent);
    }
}
