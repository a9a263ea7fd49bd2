using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore events archive</c>.</summary>
internal static class EventsArchiveCommand
{
    public static Command Create()
    {
        var before = new Option<string>("--before") { Description = "The first position to stay, or a date or time (UTC): what is older leaves", HelpName = "POSITION|DATE", Required = true };
        var command = new Command("archive", "Move old events out of the database into files, where everything still reads them. Example: flexcore events archive --before 2026-01-01")
        {
            before, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var limit = parsed.GetRequiredValue(before);
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var upTo = await LastAsync(session, limit, cancellationToken);
            var segments = await session.EventLog.ArchiveAsync(upTo, cancellationToken);
            var count = segments.Sum(segment => segment.LastPosition - segment.FirstPosition + 1);
            if (parsed.GetValue(CommandLine.Json))
            {
                JsonOutput.Print(new JsonObject
                {
                    ["archived"] = count,
                    ["files"] = JsonOutput.Array(segments, segment => new JsonObject { ["first_position"] = segment.FirstPosition, ["last_position"] = segment.LastPosition, ["file"] = segment.File }),
                });
            }
            else
            {
                foreach (var segment in segments) Console.Out.WriteLine($"{segment.FirstPosition} to {segment.LastPosition}: {segment.File}");
                Console.Out.WriteLine($"{Figures.Count(count, "event")} archived");
            }

            return 0;
        });
        return command;
    }

    private static async Task<long> LastAsync(Session session, string limit, CancellationToken cancellationToken)
    {
        if (long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var position)) return position - 1;
        if (!DateTimeOffset.TryParse(limit, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--before takes a position such as 100000 or a date such as 2026-01-01, not '{limit}'"));
        return await session.EventLog.FindLastBeforeAsync(time, cancellationToken);
    }
}
