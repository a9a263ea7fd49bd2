using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Server.Documents;
using Backfill = FlexCore.Client.Backfill;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline backfill</c>, and <c>flexcore backfill list|pause|resume|cancel</c>.</summary>
internal static class BackfillCommands
{
    private static readonly Option<string?> Reason = new("--reason") { Description = "For those who wonder later", HelpName = "TEXT" };
    private static readonly Argument<Guid> Id = new("BACKFILL") { Description = "Its id" };

    public static Command Create() => new("backfill", "Runs for due times of the past, which `flexcore pipeline backfill` begins")
    {
        List(),
        Change("pause", "Start no further runs of it for a while. Example: flexcore backfill pause 01a1fca2-3015-79c9-a43f-55784404d367", [Id, Reason], (api, id, reason, token) => api.PauseBackfillAsync(id, new StopBackfill(reason), token)),
        Change("resume", "Let it go on. Example: flexcore backfill resume 01a1fca2-3015-79c9-a43f-55784404d367", [Id], (api, id, _, token) => api.ResumeBackfillAsync(id, token)),
        Change("cancel", "End it, and cancel those of its runs that wait or are under way. Example: flexcore backfill cancel 01a1fca2-3015-79c9-a43f-55784404d367", [Id, Reason], (api, id, reason, token) => api.CancelBackfillAsync(id, new StopBackfill(reason ?? "cancelled by hand"), token)),
    };

    /// <summary><c>flexcore pipeline backfill</c>.</summary>
    public static Command CreateStart()
    {
        var name = new Argument<string>("NAME") { Description = "The pipeline" };
        var from = new Option<string>("--from") { Description = "The first moment of the range: a date, or a time with its zone; by UTC where it names none", HelpName = "TIME", Required = true };
        var to = new Option<string>("--to") { Description = "The first moment behind it", HelpName = "TIME", Required = true };
        var parallel = new Option<int>("--parallel") { Description = "How many of its runs may wait or be under way at once", HelpName = "N", DefaultValueFactory = _ => 1 };
        return ApiCommand.Create(
            "backfill", "Run it once for each time in a range at which it was due, of low priority. Example: flexcore pipeline backfill orders --from 2026-01-01 --to 2026-02-01", [name, from, to, parallel],
            async (api, parsed, cancellationToken) =>
            {
                var request = new StartBackfill(CommandLine.ReadTime("--from", parsed.GetRequiredValue(from)), CommandLine.ReadTime("--to", parsed.GetRequiredValue(to)), parsed.GetValue(parallel));
                return ApiCommand.Print(parsed, await api.StartBackfillAsync(parsed.GetRequiredValue(name), request, cancellationToken), JsonOutput.Documents.Backfill, Print);
            });
    }

    private static Command List()
    {
        var limit = CommandLine.Limit(20);
        return ApiCommand.Create("list", "The newest backfills, and how far they are. Example: flexcore backfill list", [limit], async (api, parsed, cancellationToken) =>
        {
            var backfills = await api.ListBackfillsAsync(parsed.GetValue(limit), cancellationToken).ToListAsync(cancellationToken);
            return ApiCommand.Print(parsed, backfills, JsonOutput.Documents.IReadOnlyListBackfill, list => TextTable.Print(["BACKFILL", "PIPELINE", "STATUS", "FROM", "TO", "STARTED", "OF"], list.Select(Row)));
        });
    }

    private static Command Change(string verb, string description, IReadOnlyList<Symbol> symbols, Func<IFlexCoreApi, Guid, string?, CancellationToken, Task<Backfill>> ask) =>
        ApiCommand.Create(verb, description, symbols, async (api, parsed, cancellationToken) =>
            ApiCommand.Print(parsed, await ask(api, parsed.GetRequiredValue(Id), parsed.GetValue(Reason), cancellationToken), JsonOutput.Documents.Backfill, Print));

    private static void Print(Backfill backfill) =>
        Console.Out.WriteLine($"backfill {backfill.BackfillId} of {backfill.Pipeline} is {backfill.Status}: {Figures.Count(backfill.Started)} of {Figures.Count(backfill.Runs, "run")} started");

    private static IReadOnlyList<string> Row(Backfill backfill) =>
    [
        backfill.BackfillId.ToString(), backfill.Pipeline, backfill.Status, Figures.Time(backfill.From), Figures.Time(backfill.To), Figures.Count(backfill.Started), Figures.Count(backfill.Runs),
    ];
}
