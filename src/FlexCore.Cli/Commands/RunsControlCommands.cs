using System.CommandLine;
using FlexCore.Application.Runs;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;
using CancelRun = FlexCore.Client.CancelRun;
using RetryRun = FlexCore.Client.RetryRun;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs cancel|retry</c>.</summary>
internal static class RunsControlCommands
{
    public static Command Cancel()
    {
        var run = new Argument<string?>("RUN") { Description = RunsCommands.Run.Description, Arity = ArgumentArity.ZeroOrOne };
        var where = new Option<string?>("--where") { Description = $"All runs in the queue that fit, waiting or at a node. Fields: {string.Join(", ", FindQueuedRunsHandler.Fields)}; age in seconds", HelpName = "CONDITION" };
        var yes = new Option<bool>("--yes") { Description = "End them, if they are several" };
        var reason = new Option<string>("--reason") { Description = "For those who wonder later", HelpName = "TEXT", DefaultValueFactory = _ => "cancelled by hand" };
        return ApiCommand.Create(
            "cancel", "End a run, waiting or under way, or all that fit. Example: flexcore runs cancel --where \"pipeline = 'orders' and status = 'queued' and age > 3600\"", [run, where, yes, reason],
            async (api, parsed, cancellationToken) =>
            {
                if (parsed.GetValue(run) is null == parsed.GetValue(where) is null) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, "say either which RUN, or --where CONDITION"));
                var request = new CancelRun(parsed.GetRequiredValue(reason));
                if (parsed.GetValue(where) is { } condition) return await CancelAllAsync(api, parsed, condition, request, parsed.GetValue(yes), cancellationToken);
                var found = await api.GetRunAsync(parsed.GetValue(run)!, cancellationToken);
                return ApiCommand.Print(parsed, await api.CancelRunAsync(found.RunId, request, cancellationToken), JsonOutput.Documents.CancelledRun, Print);
            });
    }

    public static Command Retry()
    {
        var fromStart = new Option<bool>("--from-start") { Description = "Run the steps that have succeeded again, too" };
        return ApiCommand.Create(
            "retry", "Put a run that has ended into the queue again: same definition, same variables. Example: flexcore runs retry latest", [RunsCommands.Run, fromStart, RunCommand.Set],
            async (api, parsed, cancellationToken) =>
            {
                var found = await api.GetRunAsync(parsed.GetRequiredValue(RunsCommands.Run), cancellationToken);
                var queued = await api.RetryRunAsync(found.RunId, new RetryRun(parsed.GetValue(fromStart), RunCommand.ReadSet(parsed)), cancellationToken: cancellationToken);
                return PrintQueued(parsed, queued);
            });
    }

    /// <summary>Says which run was put into the queue.</summary>
    internal static int PrintQueued(ParseResult parsed, AcceptedRun queued) => ApiCommand.Print(parsed, queued, JsonOutput.Documents.AcceptedRun, run => Console.Out.WriteLine($"run {run.RunId} waits for a node"));

    private static async Task<int> CancelAllAsync(IFlexCoreApi api, ParseResult parsed, string where, CancelRun request, bool yes, CancellationToken cancellationToken)
    {
        var found = await api.ListQueueAsync(where, cancellationToken).ToListAsync(cancellationToken);
        if (found.Count > 1 && !yes)
        {
            var by = found.GroupBy(run => run.Pipeline, StringComparer.Ordinal).Select(runs => $"{Figures.Count(runs.Count())} of {runs.Key}");
            throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"{Figures.Count(found.Count, "run")} fit: {string.Join(", ", by)}", SpecificRemedy: "Add --yes to end them all."));
        }

        var (cancelled, errors, json) = (new List<CancelledRun>(), new List<Error>(), parsed.GetValue(CommandLine.Json));
        foreach (var run in found)
        {
            try
            {
                cancelled.Add(await api.CancelRunAsync(run.RunId, request, cancellationToken));
                if (!json) Print(cancelled[^1]);
            }
            catch (FlexCoreException e)
            {
                // One that has ended meanwhile needs no end.
                errors.AddRange(e.Errors.Where(error => error.Code != ErrorCodes.RunEnded));
            }
        }

        if (json) JsonOutput.Print(cancelled, JsonOutput.Documents.IReadOnlyListCancelledRun);
        else if (found.Count == 0) Console.Out.WriteLine("no run fits");
        return errors.Count == 0 ? 0 : new ErrorPrinter(json).Print(errors);
    }

    private static void Print(CancelledRun run) => Console.Out.WriteLine(run.Status == "cancelled" ? $"run {run.RunId} is cancelled" : $"run {run.RunId} is asked to stop");
}
