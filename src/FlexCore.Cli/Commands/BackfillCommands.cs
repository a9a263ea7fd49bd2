using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Scheduling;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline backfill</c>, and <c>flexcore backfill list|pause|resume|cancel</c>.</summary>
internal static class BackfillCommands
{
    private static readonly Option<string?> Reason = new("--reason") { Description = "For those who wonder later", HelpName = "TEXT" };

    public static Command Create() => new("backfill", "Runs for due times of the past, which `flexcore pipeline backfill` begins")
    {
        List(),
        Change("pause", "Start no further runs of it for a while. Example: flexcore backfill pause 01a1fca2-3015-79c9-a43f-55784404d367", (id, reason) => new PauseBackfill(id, reason), Reason),
        Change("resume", "Let it go on. Example: flexcore backfill resume 01a1fca2-3015-79c9-a43f-55784404d367", (id, _) => new ResumeBackfill(id)),
        Change("cancel", "End it, and cancel those of its runs that wait or are under way. Example: flexcore backfill cancel 01a1fca2-3015-79c9-a43f-55784404d367", (id, reason) => new CancelBackfill(id, reason ?? "cancelled by hand"), Reason),
    };

    /// <summary><c>flexcore pipeline backfill</c>.</summary>
    public static Command CreateStart()
    {
        var name = new Argument<string>("NAME") { Description = "The pipeline" };
        var from = new Option<string>("--from") { Description = "The first moment of the range: a date, or a time with its zone; by UTC where it names none", HelpName = "TIME", Required = true };
        var to = new Option<string>("--to") { Description = "The first moment behind it", HelpName = "TIME", Required = true };
        var parallel = new Option<int>("--parallel") { Description = "How many of its runs may wait or be under way at once", HelpName = "N", DefaultValueFactory = _ => 1 };
        var command = new Command("backfill", "Run it once for each time in a range at which it was due, of low priority. Example: flexcore pipeline backfill orders --from 2026-01-01 --to 2026-02-01")
        {
            name, from, to, parallel, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var request = new StartBackfill(parsed.GetRequiredValue(name), ReadTime("--from", parsed.GetRequiredValue(from)), ReadTime("--to", parsed.GetRequiredValue(to)), parsed.GetValue(parallel));
            return await SendAsync(session, request, parsed.GetValue(CommandLine.Json), cancellationToken);
        });
        return command;
    }

    private static Command List()
    {
        var limit = CommandLine.Limit(20);
        var command = new Command("list", "The newest backfills, and how far they are. Example: flexcore backfill list") { limit, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var backfills = (await session.AskAsync(new ListBackfills(parsed.GetValue(limit)), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(backfills, progress => Describe(progress.Backfill, progress.Runs)));
            else TextTable.Print(["BACKFILL", "PIPELINE", "STATUS", "FROM", "TO", "STARTED", "OF"], backfills.Select(Row));
            return 0;
        });
        return command;
    }

    private static Command Change(string verb, string description, Func<Guid, string?, ICommand<Backfill>> ask, params ReadOnlySpan<Option> options)
    {
        var id = new Argument<Guid>("BACKFILL") { Description = "Its id" };
        var command = new Command(verb, description) { id, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        foreach (var option in options) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            return await SendAsync(session, ask(parsed.GetRequiredValue(id), parsed.GetValue(Reason)), parsed.GetValue(CommandLine.Json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> SendAsync(Session session, ICommand<Backfill> request, bool json, CancellationToken cancellationToken)
    {
        var done = await session.Bus.SendAsync(request, Session.Caller, cancellationToken);
        if (!done.IsSuccess) return new ErrorPrinter(json).Print(done.Errors);
        var runs = done.Value.DueTimes().Count();
        if (json) JsonOutput.Print(Describe(done.Value, runs));
        else Console.Out.WriteLine($"backfill {done.Value.Id} of {done.Value.Pipeline} is {Words.Kebab(done.Value.Status)}: {Words.Count(done.Value.Started)} of {Words.Count(runs, "run")} started");
        return 0;
    }

    private static DateTimeOffset ReadTime(string option, string text) => Schedule.ParseTime(text, TimeZoneInfo.Utc)
        ?? throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"{option} {text}: it must be {Schedule.TimeRule}"));

    private static IReadOnlyList<string> Row(BackfillProgress progress) =>
    [
        progress.Backfill.Id.ToString(), progress.Backfill.Pipeline, Words.Kebab(progress.Backfill.Status), Words.Time(progress.Backfill.RangeFrom), Words.Time(progress.Backfill.RangeTo),
        Words.Count(progress.Backfill.Started), Words.Count(progress.Runs),
    ];

    private static JsonObject Describe(Backfill backfill, int runs) => new()
    {
        ["backfill_id"] = backfill.Id.ToString(),
        ["pipeline"] = backfill.Pipeline,
        ["status"] = Words.Kebab(backfill.Status),
        ["from"] = backfill.RangeFrom,
        ["to"] = backfill.RangeTo,
        ["parallel"] = backfill.Parallel,
        ["started"] = backfill.Started,
        ["runs"] = runs,
    };
}
