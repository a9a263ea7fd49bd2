using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Runs;
using FlexCore.Cli.Output;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs cancel|retry</c>.</summary>
internal static class RunsControlCommands
{
    private static readonly Argument<string> Run = new("RUN") { Description = "The run's id, the beginning or the end of it, or `latest`" };

    public static Command Cancel()
    {
        var reason = new Option<string>("--reason") { Description = "For those who wonder later", HelpName = "TEXT", DefaultValueFactory = _ => "cancelled by hand" };
        var command = new Command("cancel", "End a run, waiting or under way. Example: flexcore runs cancel latest --reason \"wrong day\"") { Run, reason, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.ShowRun.HandleAsync(parsed.GetRequiredValue(Run), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
            var cancelled = await session.Bus.SendAsync(new CancelRun(found.Value.State.RunId, parsed.GetRequiredValue(reason)), Session.Caller, cancellationToken);
            if (!cancelled.IsSuccess) return new ErrorPrinter(json).Print(cancelled.Errors);

            var run = cancelled.Value;
            if (json) JsonOutput.Print(new JsonObject { ["run_id"] = run.RunId.ToString(), ["status"] = Words.Status(run.Status), ["cancel_requested"] = run.CancelRequested is not null });
            else Console.Out.WriteLine(run.Status == RunStatus.Cancelled ? $"run {run.RunId} is cancelled" : $"run {run.RunId} is asked to stop");
            return 0;
        });
        return command;
    }

    public static Command Retry()
    {
        var fromStart = new Option<bool>("--from-start") { Description = "Run the steps that have succeeded again, too" };
        var command = new Command("retry", "Put a run that has ended into the queue again: same definition, same variables. Example: flexcore runs retry latest") { Run, fromStart, RunCommand.Set, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.ShowRun.HandleAsync(parsed.GetRequiredValue(Run), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
            var request = new RetryRun(found.Value.State.RunId, parsed.GetValue(fromStart), RunCommand.ReadSet(parsed));
            return PipelineCommands.PrintQueued(await session.Bus.SendAsync(request, Session.Caller, cancellationToken), json);
        });
        return command;
    }
}
