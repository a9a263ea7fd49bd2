using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.DeadLetters;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore deadletters list|show|replay|discard</c>.</summary>
internal static class DeadLettersCommands
{
    private static readonly Option<string?> Pipeline = new("--pipeline") { Description = "Only of this pipeline", HelpName = "NAME" };
    private static readonly Option<string?> Step = new("--step") { Description = "Only of this step", HelpName = "ID" };
    private static readonly Option<string?> Run = new("--run") { Description = "Only of this run: its id, the beginning or the end of it, or `latest`", HelpName = "RUN" };
    private static readonly Option<string?> Stream = new("--stream") { Description = "Only of this record stream", HelpName = "NAME" };
    private static readonly Option<string?> Reason = CommandLine.Words("--reason", "Only with this reason", [.. Enum.GetValues<DeadLetterReason>().Select(Words.Kebab)]);
    private static readonly Option<bool> All = new("--all") { Description = "All that the other options leave: open ones, and to be discarded also replayed ones" };
    private static readonly Argument<string[]> Ids = new("ID") { Description = "Ids, or the ends of them", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create() => new("deadletters", "Records that could not be processed, kept with the reason") { List(), Show(), Replay(), Discard() };

    private static Command List()
    {
        var status = CommandLine.Words("--status", "Where they are (default: open)", "open", "replayed", "discarded", "all");
        var after = new Option<Guid?>("--after") { Description = "Only those after this id, for the next page", HelpName = "ID", CustomParser = ReadId };
        var limit = CommandLine.Limit(100);
        var command = new Command("list", "Dead letters, oldest first. Example: flexcore deadletters list --run latest")
        {
            Pipeline, Step, Run, Stream, Reason, status, after, limit, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await OpenAsync(parsed, cancellationToken);
            var query = await ReadQueryAsync(parsed, session, cancellationToken);
            if (!query.IsSuccess) return Fail(parsed, query.Errors);
            var wanted = parsed.GetValue(status) switch { "all" => (DeadLetterStatus?)null, "replayed" => DeadLetterStatus.Replayed, "discarded" => DeadLetterStatus.Discarded, _ => DeadLetterStatus.Open };

            // One more than is shown tells whether there are more.
            var most = parsed.GetValue(limit);
            var letters = await session.DeadLetters.ListAsync(query.Value with { Status = wanted, After = parsed.GetValue(after), Limit = Math.Min(most, int.MaxValue - 1) + 1 }, cancellationToken);
            List<DeadLetter> shown = [.. letters.Take(most)];
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(shown, Describe));
            else Print(shown, withStatus: wanted is null, isCut: letters.Count > shown.Count);
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("ID") { Description = "Its id, or the end of it" };
        var command = new Command("show", "One dead letter with its content. Example: flexcore deadletters show 8d4c8a532713") { id, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await OpenAsync(parsed, cancellationToken);
            var found = await session.SelectDeadLetters.FindAsync(parsed.GetRequiredValue(id), cancellationToken);
            if (!found.IsSuccess) return Fail(parsed, found.Errors);
            if (parsed.GetValue(CommandLine.Json))
            {
                var document = Describe(found.Value);
                document["raw"] = Encoding.UTF8.GetString(found.Value.Raw.Span);
                document["schema"] = found.Value.Schema is { } schema ? Encoding.UTF8.GetString(schema.Span) : null;
                JsonOutput.Print(document);
                return 0;
            }

            Print(found.Value);
            return 0;
        });
        return command;
    }

    private static Command Replay()
    {
        var command = new Command("replay", "Send dead letters through their maps into their targets again. Example: flexcore deadletters replay --pipeline orders --all")
        {
            Ids, Pipeline, Step, Run, Stream, Reason, All, RunCommand.Set, RunCommand.GrantOption, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var signals = new Signals();
            await using var session = await OpenAsync(parsed, cancellationToken);
            var selected = await SelectAsync(parsed, session, [DeadLetterStatus.Open], cancellationToken);
            if (!selected.IsSuccess) return Fail(parsed, selected.Errors);

            var json = parsed.GetValue(CommandLine.Json);
            ReplayReport report;
            var request = new PipelineRequest("", RunCommand.ReadSet(parsed), RunCommand.ReadGrantAll(parsed));
            await using (var view = RunViews.Choose(silent: json, verbose: parsed.GetValue(CommandLine.Verbose)))
                report = await session.ReplayDeadLetters.HandleAsync(selected.Value, request, new RunNewsWriter(view.Tell), signals.Stop);
            if (json) JsonOutput.Print(await DescribeAsync(report, session));
            else Print(report);
            if (report.Failures.Count > 0) Fail(parsed, report.Failures);
            return ExitCode(report);
        });
        return command;
    }

    private static Command Discard()
    {
        var command = new Command("discard", "Remove the content of dead letters that nobody needs. Example: flexcore deadletters discard --run latest --all")
        {
            Ids, Pipeline, Step, Run, Stream, Reason, All, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await OpenAsync(parsed, cancellationToken);
            var selected = await SelectAsync(parsed, session, [DeadLetterStatus.Open, DeadLetterStatus.Replayed], cancellationToken);
            if (!selected.IsSuccess) return Fail(parsed, selected.Errors);
            var discarded = (await session.AskAsync(new DiscardDeadLetters([.. selected.Value.Select(letter => letter.Id)]), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(new JsonObject { ["discarded"] = discarded });
            else Console.Out.WriteLine($"{Words.Count(discarded, "dead letter")} discarded");
            return 0;
        });
        return command;
    }

    private static async Task<Session> OpenAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);

    private static int Fail(ParseResult parsed, IReadOnlyList<Error> errors) => new ErrorPrinter(parsed.GetValue(CommandLine.Json)).Print(errors);

    private static async Task<Result<DeadLetterQuery>> ReadQueryAsync(ParseResult parsed, Session session, CancellationToken cancellationToken)
    {
        Guid? runId = null;
        if (parsed.GetValue(Run) is { } run)
        {
            var found = await session.AskAsync(new ShowRun(run), cancellationToken);
            if (!found.IsSuccess) return found.Errors.ToArray();
            runId = found.Value.State.RunId;
        }

        DeadLetterReason? reason = parsed.GetValue(Reason) is { } word ? Enum.GetValues<DeadLetterReason>().Single(known => Words.Kebab(known) == word) : null;
        return new DeadLetterQuery(null, int.MaxValue, parsed.GetValue(Pipeline), parsed.GetValue(Step), runId, parsed.GetValue(Stream), reason);
    }

    private static async Task<Result<List<DeadLetter>>> SelectAsync(ParseResult parsed, Session session, IReadOnlyList<DeadLetterStatus> statuses, CancellationToken cancellationToken)
    {
        var ids = parsed.GetValue(Ids) ?? [];
        if (ids.Length == 0 && !parsed.GetValue(All)) return new Error(ErrorCodes.UsageInvalid, "name the ids, or say --all, with the options that narrow it down");
        var query = await ReadQueryAsync(parsed, session, cancellationToken);
        return query.IsSuccess ? await session.SelectDeadLetters.HandleAsync(ids, query.Value, statuses, cancellationToken) : query.Errors.ToArray();
    }

    private static Guid? ReadId(ArgumentResult result)
    {
        if (Guid.TryParse(result.Tokens[0].Value, out var id)) return id;
        result.AddError($"--after {result.Tokens[0].Value}: it must be the whole id of a dead letter");
        return null;
    }

    private static void Print(List<DeadLetter> letters, bool withStatus, bool isCut)
    {
        TextTable.Print(
            ["ID", "TIME", "PIPELINE", "STEP", "STREAM", .. withStatus ? ["STATUS"] : (string[])[], "REASON", "WHY"],
            letters.Select(letter => (IReadOnlyList<string>)
                [letter.Id.ToString(), Words.Time(letter.At), letter.Pipeline, letter.Step, letter.Stream, .. withStatus ? [Words.Kebab(letter.Status)] : (string[])[], Words.Kebab(letter.Reason), letter.Message]));
        if (isCut) Console.Error.WriteLine($"there are more: go on with --after {letters[^1].Id}, or raise --limit");
    }

    private static JsonObject Describe(DeadLetter letter) => new()
    {
        ["id"] = letter.Id.ToString(),
        ["at"] = letter.At.ToString("O"),
        ["pipeline"] = letter.Pipeline,
        ["step"] = letter.Step,
        ["run_id"] = letter.RunId.ToString(),
        ["attempt"] = letter.Attempt,
        ["plugin"] = letter.Plugin,
        ["stream"] = letter.Stream,
        ["reason"] = Words.Kebab(letter.Reason),
        ["message"] = letter.Message,
        ["schema_path"] = letter.SchemaPath,
        ["length"] = letter.Length,
        ["kept"] = letter.KeptLength,
        ["masked"] = letter.IsMasked,
        ["replayable"] = letter.IsReplayable,
        ["status"] = Words.Kebab(letter.Status),
        ["replayed_by"] = letter.ReplayedBy?.ToString(),
    };

    private static int ExitCode(ReplayReport report)
    {
        if (report.Runs.Any(run => run.Status == RunStatus.Cancelled)) return ErrorCodes.RunCancelled.ExitCode;
        if (report.Runs.Count == 0 && report.Failures is [var first, ..]) return first.Code.ExitCode;
        return report.StillOpen + report.NotReplayable + report.Anew > 0 ? 1 : 0;
    }

    private static async Task<JsonObject> DescribeAsync(ReplayReport report, Session session)
    {
        var runs = new JsonArray();
        foreach (var run in report.Runs) runs.Add(JsonSerializer.SerializeToNode(await new LocalApi(session).GetRunAsync(run.RunId.ToString(), CancellationToken.None), JsonOutput.Documents.Run));
        return new JsonObject { ["replayed"] = report.Replayed, ["still_open"] = report.StillOpen, ["not_replayable"] = report.NotReplayable, ["anew"] = report.Anew, ["runs"] = runs, ["errors"] = new JsonArray([.. report.Failures.Select(ErrorPrinter.Describe)]) };
    }

    private static void Print(DeadLetter letter)
    {
        Console.Out.WriteLine($"dead letter {letter.Id}: {Words.Kebab(letter.Status)}{(letter.ReplayedBy is { } by ? $" by run {by}" : "")}");
        Console.Out.WriteLine($"{Words.Time(letter.At)}, pipeline {letter.Pipeline}, step {letter.Step}, run {letter.RunId}, attempt {letter.Attempt}");
        Console.Out.WriteLine($"from {letter.Plugin}, record stream {letter.Stream}");
        Console.Out.WriteLine($"{Words.Kebab(letter.Reason)}: {letter.Message}{(letter.SchemaPath is { } path ? $" (schema: {path})" : "")}");
        if (letter.Status == DeadLetterStatus.Discarded) return;
        var cut = letter.KeptLength < letter.Length ? $", {Words.Size(letter.KeptLength)} of {Words.Size(letter.Length)} kept" : "";
        Console.Out.WriteLine($"content{cut}{(letter.IsMasked ? ", secrets masked" : "")}{(letter.IsReplayable ? "" : "; it cannot be replayed")}:");
        Console.Out.WriteLine(Printable.Escape(Encoding.UTF8.GetString(letter.Raw.Span)));
    }

    private static void Print(ReplayReport report)
    {
        foreach (var run in report.Runs) RunSummaryPrinter.Print(RunDocuments.DescribePast(run, default), quiet: false);
        var anew = report.Anew > 0 ? $", {Words.Count(report.Anew, "dead letter")} came anew" : "";
        Console.Out.WriteLine($"{Words.Count(report.Replayed)} replayed, {Words.Count(report.StillOpen)} still open, {Words.Count(report.NotReplayable)} not replayable (cut or masked){anew}");
    }
}
