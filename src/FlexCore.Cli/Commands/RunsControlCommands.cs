using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Runs;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs cancel|retry</c>.</summary>
internal static class RunsControlCommands
{
    private static readonly Argument<string> Run = new("RUN") { Description = "The run's id, the beginning or the end of it, or `latest`" };

    public static Command Cancel()
    {
        var run = new Argument<string?>("RUN") { Description = Run.Description, Arity = ArgumentArity.ZeroOrOne };
        var where = new Option<string?>("--where") { Description = $"All runs in the queue that fit, waiting or at a node. Fields: {string.Join(", ", FindQueuedRunsHandler.Fields)}; age in seconds", HelpName = "CONDITION" };
        var yes = new Option<bool>("--yes") { Description = "End them, if they are several" };
        var reason = new Option<string>("--reason") { Description = "For those who wonder later", HelpName = "TEXT", DefaultValueFactory = _ => "cancelled by hand" };
        var command = new Command("cancel", "End a run, waiting or under way, or all that fit. Example: flexcore runs cancel --where \"pipeline = 'orders' and status = 'queued' and age > 3600\"")
        {
            run, where, yes, reason, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(run) is null == parsed.GetValue(where) is null) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "say either which RUN, or --where CONDITION"));
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            return parsed.GetValue(where) is { } condition
                ? await CancelAllAsync(session, condition, parsed.GetRequiredValue(reason), parsed.GetValue(yes), parsed.GetValue(CommandLine.Json), cancellationToken)
                : await CancelOneAsync(session, parsed.GetValue(run)!, parsed.GetRequiredValue(reason), parsed.GetValue(CommandLine.Json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> CancelOneAsync(Session session, string id, string reason, bool json, CancellationToken cancellationToken)
    {
        var found = await session.AskAsync(new ShowRun(id), cancellationToken);
        if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
        var cancelled = await session.AskAsync(new CancelRun(found.Value.State.RunId, reason), cancellationToken);
        if (!cancelled.IsSuccess) return new ErrorPrinter(json).Print(cancelled.Errors);
        if (json) JsonOutput.Print(Describe(cancelled.Value));
        else Print(cancelled.Value);
        return 0;
    }

    private static async Task<int> CancelAllAsync(Session session, string where, string reason, bool yes, bool json, CancellationToken cancellationToken)
    {
        var found = await session.AskAsync(new FindQueuedRuns(where), cancellationToken);
        if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
        if (found.Value.Count > 1 && !yes)
        {
            var by = found.Value.GroupBy(run => run.Entry.Pipeline, StringComparer.Ordinal).Select(runs => $"{Words.Count(runs.Count())} of {runs.Key}");
            return new ErrorPrinter(json).Print([new Error(ErrorCodes.UsageInvalid, $"{Words.Count(found.Value.Count, "run")} fit: {string.Join(", ", by)}", SpecificRemedy: "Add --yes to end them all.")]);
        }

        // One that has ended meanwhile needs no end.
        var (cancelled, errors) = (new List<RunState>(), new List<Error>());
        foreach (var run in found.Value)
        {
            var done = await session.AskAsync(new CancelRun(run.Entry.RunId, reason), cancellationToken);
            errors.AddRange(done.Errors.Where(error => error.Code != ErrorCodes.RunEnded));
            if (!done.IsSuccess) continue;
            cancelled.Add(done.Value);
            if (!json) Print(done.Value);
        }

        if (json) JsonOutput.Print(JsonOutput.Array(cancelled, Describe));
        else if (found.Value.Count == 0) Console.Out.WriteLine("no run fits");
        return errors.Count == 0 ? 0 : new ErrorPrinter(json).Print(errors);
    }

    private static void Print(RunState run) => Console.Out.WriteLine(run.Status == RunStatus.Cancelled ? $"run {run.RunId} is cancelled" : $"run {run.RunId} is asked to stop");

    private static JsonObject Describe(RunState run) => new() { ["run_id"] = run.RunId.ToString(), ["status"] = Words.Status(run.Status), ["cancel_requested"] = run.CancelRequested is not null };

    public static Command Retry()
    {
        var fromStart = new Option<bool>("--from-start") { Description = "Run the steps that have succeeded again, too" };
        var command = new Command("retry", "Put a run that has ended into the queue again: same definition, same variables. Example: flexcore runs retry latest") { Run, fromStart, RunCommand.Set, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.AskAsync(new ShowRun(parsed.GetRequiredValue(Run)), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
            var request = new RetryRun(found.Value.State.RunId, parsed.GetValue(fromStart), RunCommand.ReadSet(parsed));
            return PipelineCommands.PrintQueued(await session.Bus.SendAsync(request, Session.Caller, cancellationToken), json);
        });
        return command;
    }
}
