using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs watch</c>.</summary>
internal static class RunsWatchCommand
{
    public static Command Create() => ApiCommand.Create(
        "watch", "Follow a run that any node or command line has, to its end; the exit code is that of `run`. Example: flexcore runs watch latest", [RunsCommands.Run], async (api, parsed, cancellationToken) =>
        {
            var id = (await api.GetRunAsync(parsed.GetRequiredValue(RunsCommands.Run), cancellationToken)).RunId;
            await using (var view = RunViews.Choose(silent: parsed.GetValue(CommandLine.Json), verbose: parsed.GetValue(CommandLine.Verbose)))
            {
                await foreach (var news in api.FollowRunAsync(id, cancellationToken)) view.Tell(news);
            }

            var run = await api.GetRunAsync(id.ToString(), cancellationToken);
            ApiCommand.Print(parsed, run, JsonOutput.Documents.Run, ended => RunSummaryPrinter.Print(ended, quiet: false));
            return RunCommand.ExitCodeOf(run);
        });
}
