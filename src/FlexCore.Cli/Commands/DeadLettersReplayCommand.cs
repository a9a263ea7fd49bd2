using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore deadletters replay</c>: here in this process, at a server by its nodes.</summary>
internal static class DeadLettersReplayCommand
{
    public static Command Create()
    {
        var command = new Command("replay", "Send dead letters through their maps into their targets again. Example: flexcore deadletters replay --pipeline orders --all")
        {
            RunCommand.Set, RunCommand.GrantOption, CommandLine.Data, CommandLine.Environment, CommandLine.Json, ServerLocation.Server, ServerLocation.Profile, ServerLocation.Insecure,
        };
        foreach (var symbol in DeadLettersCommands.Selection)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            var outcome = ServerLocation.Read(parsed) is { } server ? await ReplayThereAsync(server, parsed, cancellationToken) : await ReplayHereAsync(parsed, cancellationToken);
            if (json) JsonOutput.Print(Describe(outcome));
            else Print(outcome);
            if (outcome.Failures.Count > 0) new ErrorPrinter(json).Print(outcome.Failures);
            return ExitCode(outcome);
        });
        return command;
    }

    private static async Task<Outcome> ReplayHereAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var signals = new Signals();
        await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
        var api = new LocalApi(session);
        var selected = await DeadLettersCommands.SelectAsync(api, parsed, ["open"], cancellationToken);
        var request = new PipelineRequest("", RunCommand.ReadSet(parsed), RunCommand.ReadGrantAll(parsed));
        await using var view = View(parsed);
        var report = await session.ReplayDeadLetters.HandleAsync([.. selected.Select(letter => letter.Id)], request, new RunNewsWriter(view.Tell), signals.Stop);
        var runs = new List<Run>();
        foreach (var run in report.Runs) runs.Add(await api.GetRunAsync(run.RunId.ToString(), CancellationToken.None));
        return new Outcome(runs, report.Replayed, report.StillOpen, report.NotReplayable, report.Anew, report.Failures);
    }

    /// <summary>One request for each step: what cannot be sent again does not stop the others.</summary>
    private static async Task<Outcome> ReplayThereAsync(ServerLocation server, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (RunCommand.ReadGrantAll(parsed)) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "--grant is for runs on this machine"));
        using var signals = new Signals();
        using var connection = new ServerConnection(server);
        var (api, set) = (connection.Client, RunCommand.ReadSet(parsed));
        var open = (await DeadLettersCommands.SelectAsync(api, parsed, ["open"], cancellationToken)).Where(letter => letter.Status == "open").DistinctBy(letter => letter.Id).ToList();
        var whole = open.Where(letter => letter.Replayable).ToList();
        var (runs, failures, stillOpen, anew) = (new List<Run>(), new List<Error>(), 0, 0);
        await using var view = View(parsed);
        foreach (var step in whole.GroupBy(letter => (letter.Pipeline, letter.Step)))
        {
            if (signals.Stop.Gently.IsCancellationRequested) break;
            try
            {
                var accepted = await api.ReplayDeadLettersAsync(new ReplayDeadLetters([.. step.Select(letter => letter.Id)], set), $"{Guid.CreateVersion7()}", cancellationToken);
                foreach (var run in accepted.Runs)
                {
                    await RunCommand.FollowAsync(api, run.RunId, view, signals.Stop);
                    runs.Add(await api.GetRunAsync(run.RunId.ToString(), cancellationToken));
                    anew += await api.ListDeadLettersAsync(new DeadLetterFilter(RunId: run.RunId), cancellationToken: cancellationToken).CountAsync(cancellationToken);
                }
            }
            catch (FlexCoreException e)
            {
                failures.AddRange(e.Errors.Except(failures));
            }
        }

        var wanted = whole.Select(letter => letter.Id).ToHashSet();
        foreach (var (pipeline, step) in whole.Select(letter => (letter.Pipeline, letter.Step)).Distinct())
            stillOpen += await api.ListDeadLettersAsync(new DeadLetterFilter(pipeline, step, Status: "open"), cancellationToken: cancellationToken).CountAsync(letter => wanted.Contains(letter.Id), cancellationToken);
        return new Outcome(runs, whole.Count - stillOpen, stillOpen, open.Count - whole.Count, anew, failures);
    }

    private static IRunView View(ParseResult parsed) => RunViews.Choose(silent: parsed.GetValue(CommandLine.Json), verbose: parsed.GetValue(CommandLine.Verbose));

    private static int ExitCode(Outcome outcome)
    {
        if (outcome.Runs.Any(run => run.Status == "cancelled")) return ErrorCodes.RunCancelled.ExitCode;
        if (outcome.Runs.Count == 0 && outcome.Failures is [var first, ..]) return first.Code.ExitCode;
        return outcome.StillOpen + outcome.NotReplayable + outcome.Anew > 0 ? 1 : 0;
    }

    private static JsonObject Describe(Outcome outcome) => new()
    {
        ["replayed"] = outcome.Replayed, ["still_open"] = outcome.StillOpen, ["not_replayable"] = outcome.NotReplayable, ["anew"] = outcome.Anew,
        ["runs"] = JsonOutput.Array(outcome.Runs, run => JsonSerializer.SerializeToNode(run, JsonOutput.Documents.Run)), ["errors"] = new JsonArray([.. outcome.Failures.Select(ErrorPrinter.Describe)]),
    };

    private static void Print(Outcome outcome)
    {
        foreach (var run in outcome.Runs) RunSummaryPrinter.Print(run, quiet: false);
        var anew = outcome.Anew > 0 ? $", {Figures.Count(outcome.Anew, "dead letter")} came anew" : "";
        Console.Out.WriteLine($"{Figures.Count(outcome.Replayed)} replayed, {Figures.Count(outcome.StillOpen)} still open, {Figures.Count(outcome.NotReplayable)} not replayable (cut or masked){anew}");
    }

    /// <summary>How it went.</summary>
    /// <param name="Runs">The runs that sent the letters.</param>
    /// <param name="Replayed">Letters that the targets have taken.</param>
    /// <param name="StillOpen">Letters that could not be processed again, or whose run failed.</param>
    /// <param name="NotReplayable">Letters that are not whole any more.</param>
    /// <param name="Anew">Dead letters that these runs made.</param>
    /// <param name="Failures">Why nothing was sent from some of the places.</param>
    private sealed record Outcome(IReadOnlyList<Run> Runs, int Replayed, int StillOpen, int NotReplayable, int Anew, IReadOnlyList<Error> Failures);
}
