using System.CommandLine;
using FlexCore.Application.Runs;
using FlexCore.Cli.Output;
using FlexCore.Domain.Runs;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs watch</c>.</summary>
internal static class RunsWatchCommand
{
    public static Command Create()
    {
        var command = new Command("watch", "Follow a run that any node or command line has, to its end; the exit code is that of `run`. Example: flexcore runs watch latest")
        {
            RunsCommands.Run, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.AskAsync(new ShowRun(parsed.GetRequiredValue(RunsCommands.Run)), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);

            RunState run;
            await using (var view = RunViews.Choose(silent: json, verbose: parsed.GetValue(CommandLine.Verbose)))
                run = await session.WatchRun.HandleAsync(found.Value.State.RunId, view, cancellationToken);
            if (json) JsonOutput.Print(RunDocument.Describe(run, await session.GetState.ListAsync(run.Pipeline, cancellationToken)));
            else RunSummaryPrinter.Print(run, quiet: false);
            return RunCommand.ExitCodeOf(run);
        });
        return command;
    }
}
