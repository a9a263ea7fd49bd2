using System.CommandLine;
using System.CommandLine.Parsing;
using FlexCore.Application.DeadLetters;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;
using DeadLetter = FlexCore.Client.DeadLetter;
using DiscardDeadLetters = FlexCore.Client.DiscardDeadLetters;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore deadletters list|show|replay|discard</c>.</summary>
internal static class DeadLettersCommands
{
    private static readonly Option<string?> Pipeline = new("--pipeline") { Description = "Only of this pipeline", HelpName = "NAME" };
    private static readonly Option<string?> Step = new("--step") { Description = "Only of this step", HelpName = "ID" };
    private static readonly Option<string?> Run = new("--run") { Description = "Only of this run: its id, the beginning or the end of it, or `latest`", HelpName = "RUN" };
    private static readonly Option<string?> Stream = new("--stream") { Description = "Only of this record stream", HelpName = "NAME" };
    private static readonly Option<string?> Reason = CommandLine.Words("--reason", "Only with this reason", [.. Enum.GetValues<DeadLetterReason>().Select(Wording.Of)]);
    private static readonly Option<bool> All = new("--all") { Description = "All that the other options leave: open ones, and to be discarded also replayed ones" };
    private static readonly Argument<string[]> Ids = new("ID") { Description = "Ids, or the ends of them", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>What says which dead letters are meant.</summary>
    public static IReadOnlyList<Symbol> Selection { get; } = [Ids, Pipeline, Step, Run, Stream, Reason, All];

    public static Command Create() => new("deadletters", "Records that could not be processed, kept with the reason") { List(), Show(), DeadLettersReplayCommand.Create(), Discard() };

    private static Command List()
    {
        var status = CommandLine.Words("--status", "Where they are (default: open)", "open", "replayed", "discarded", "all");
        var after = new Option<Guid?>("--after") { Description = "Only those after this id, for the next page", HelpName = "ID", CustomParser = ReadId };
        var limit = CommandLine.Limit(100);
        return ApiCommand.Create("list", "Dead letters, oldest first. Example: flexcore deadletters list --run latest", [Pipeline, Step, Run, Stream, Reason, status, after, limit], async (api, parsed, cancellationToken) =>
        {
            var wanted = parsed.GetValue(status) switch { "all" => null, null => "open", var named => named };
            var filter = await ReadFilterAsync(api, parsed, cancellationToken) with { Status = wanted };

            // One more than is shown tells whether there are more.
            var most = parsed.GetValue(limit);
            var letters = await api.ListDeadLettersAsync(filter, parsed.GetValue(after), Math.Min(most, int.MaxValue - 1) + 1, cancellationToken).ToListAsync(cancellationToken);
            List<DeadLetter> shown = [.. letters.Take(most)];
            return ApiCommand.Print(parsed, shown, JsonOutput.Documents.IReadOnlyListDeadLetter, _ => Print(shown, withStatus: wanted is null, isCut: letters.Count > shown.Count));
        });
    }

    private static Command Show()
    {
        var id = new Argument<string>("ID") { Description = "Its id, or the end of it" };
        return ApiCommand.Create("show", "One dead letter with its content. Example: flexcore deadletters show 8d4c8a532713", [id], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(parsed, await api.GetDeadLetterAsync(parsed.GetRequiredValue(id), cancellationToken), JsonOutput.Documents.DeadLetter, Print));
    }

    private static Command Discard() => ApiCommand.Create(
        "discard", "Remove the content of dead letters that nobody needs. Example: flexcore deadletters discard --run latest --all", Selection,
        async (api, parsed, cancellationToken) =>
        {
            var letters = await SelectAsync(api, parsed, ["open", "replayed"], cancellationToken);
            var discarded = await api.DiscardDeadLettersAsync(new DiscardDeadLetters([.. letters.Select(letter => letter.Id)]), cancellationToken);
            return ApiCommand.Print(parsed, discarded, JsonOutput.Documents.DiscardedDeadLetters, done => Console.Out.WriteLine($"{Figures.Count(done.Discarded, "dead letter")} discarded"));
        });

    private static async Task<DeadLetterFilter> ReadFilterAsync(IFlexCoreApi api, ParseResult parsed, CancellationToken cancellationToken)
    {
        var run = parsed.GetValue(Run) is { } named ? (await api.GetRunAsync(named, cancellationToken)).RunId : (Guid?)null;
        return new DeadLetterFilter(parsed.GetValue(Pipeline), parsed.GetValue(Step), run, parsed.GetValue(Stream), parsed.GetValue(Reason));
    }

    /// <summary>Those that are named, or all that the options leave.</summary>
    public static async Task<IReadOnlyList<DeadLetter>> SelectAsync(IFlexCoreApi api, ParseResult parsed, IReadOnlyList<string> statuses, CancellationToken cancellationToken)
    {
        var ids = parsed.GetValue(Ids) ?? [];
        if (ids.Length == 0 && !parsed.GetValue(All)) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "name the ids, or say --all, with the options that narrow it down"));
        var filter = await ReadFilterAsync(api, parsed, cancellationToken);
        var (found, errors) = (new List<DeadLetter>(), new List<Error>());
        if (ids.Length == 0)
        {
            foreach (var status in statuses) found.AddRange(await api.ListDeadLettersAsync(filter with { Status = status }, limit: SelectDeadLetters.MaxAtOnce - found.Count, cancellationToken: cancellationToken).ToListAsync(cancellationToken));
        }

        foreach (var id in ids)
        {
            try
            {
                found.Add(await api.GetDeadLetterAsync(id, cancellationToken));
            }
            catch (FlexCoreException e)
            {
                errors.AddRange(e.Errors);
            }
        }

        return errors.Count == 0 ? found : throw new FlexCoreException(errors);
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
                [letter.Id.ToString(), Figures.Time(letter.At), letter.Pipeline, letter.Step, letter.Stream, .. withStatus ? [letter.Status] : (string[])[], letter.Reason, letter.Message]));
        if (isCut) Console.Error.WriteLine($"there are more: go on with --after {letters[^1].Id}, or raise --limit");
    }

    private static void Print(DeadLetter letter)
    {
        Console.Out.WriteLine($"dead letter {letter.Id}: {letter.Status}{(letter.ReplayedBy is { } by ? $" by run {by}" : "")}");
        Console.Out.WriteLine($"{Figures.Time(letter.At)}, pipeline {letter.Pipeline}, step {letter.Step}, run {letter.RunId}, attempt {letter.Attempt}");
        Console.Out.WriteLine($"from {letter.Plugin}, record stream {letter.Stream}");
        Console.Out.WriteLine($"{letter.Reason}: {letter.Message}{(letter.SchemaPath is { } path ? $" (schema: {path})" : "")}");
        if (letter.Status == "discarded") return;
        var cut = letter.Kept < letter.Length ? $", {Figures.Size(letter.Kept)} of {Figures.Size(letter.Length)} kept" : "";
        Console.Out.WriteLine($"content{cut}{(letter.Masked ? ", secrets masked" : "")}{(letter.Replayable ? "" : "; it cannot be replayed")}:");
        Console.Out.WriteLine(Printable.Escape(letter.Raw ?? ""));
    }
}
