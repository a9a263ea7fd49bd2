using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs list|show|diff|logs|artifacts|watch|totals|cancel|retry</c>.</summary>
internal static class RunsCommands
{
    internal static readonly Argument<string> Run = new("RUN") { Description = "The run's id, the beginning or the end of it, or `latest`" };

    public static Command Create() => new("runs", "Runs, and what their plugins said") { List(), Show(), RunsDiffCommand.Create(), Logs(), RunsArtifactsCommand.Create(), RunsWatchCommand.Create(), Totals(), RunsControlCommands.Cancel(), RunsControlCommands.Retry() };

    private static Command List()
    {
        var pipeline = new Option<string?>("--pipeline") { Description = "Only runs of this pipeline", HelpName = "NAME" };
        var status = new Option<string?>("--status") { Description = "Only those that are queued, running, succeeded, failed, cancelled or interrupted", HelpName = "STATUS" };
        var since = new Option<string?>("--since") { Description = "Only those that have begun then or later (UTC where no zone is said)", HelpName = "TIME" };
        var limit = CommandLine.Limit(20);
        return ApiCommand.Create("list", "The newest runs. Example: flexcore runs list --status failed --since 2026-11-21", [pipeline, status, since, limit], async (api, parsed, cancellationToken) =>
        {
            var from = parsed.GetValue(since) is { } text ? CommandLine.ReadTime("--since", text) : (DateTimeOffset?)null;
            var runs = await api.ListRunsAsync(parsed.GetValue(pipeline), parsed.GetValue(status), from, parsed.GetValue(limit), cancellationToken).ToListAsync(cancellationToken);
            return ApiCommand.Print(parsed, runs, JsonOutput.Documents.IReadOnlyListRunListItem, list => TextTable.Print(["RUN", "PIPELINE", "STATUS", "STARTED", "DURATION", "RECORDS"], list.Select(Row)));
        });
    }

    private static Command Show() => ApiCommand.Create("show", "One run: its steps, plugins and state. Example: flexcore runs show latest", [Run], async (api, parsed, cancellationToken) =>
        ApiCommand.Print(parsed, await api.GetRunAsync(parsed.GetRequiredValue(Run), cancellationToken), JsonOutput.Documents.Run, RunSummaryPrinter.PrintDetails));

    private static Command Logs() => ApiCommand.Create("logs", "What the plugins of a run said. Example: flexcore runs logs latest", [Run], async (api, parsed, cancellationToken) =>
    {
        var run = await api.GetRunAsync(parsed.GetRequiredValue(Run), cancellationToken);
        var lines = api.ReadRunLogAsync(run.RunId, cancellationToken);
        if (parsed.GetValue(CommandLine.Json))
        {
            JsonOutput.Print(await lines.ToListAsync(cancellationToken), JsonOutput.Documents.IReadOnlyListRunLogLine);
            return 0;
        }

        await foreach (var line in lines) Console.Out.WriteLine($"{Figures.Time(line.At)} {line.Level.ToUpperInvariant(),-7} {line.Step} {line.Plugin}: {line.Message}");
        return 0;
    });

    private static Command Totals() => ApiCommand.Create("totals", "What all runs have done together. Example: flexcore runs totals", [], async (api, parsed, cancellationToken) =>
        ApiCommand.Print(parsed, await api.GetTotalsAsync(cancellationToken), JsonOutput.Documents.SystemTotals, sums =>
        {
            Console.Out.WriteLine($"{Figures.Count(sums.Runs, "run")}, {Figures.Count(sums.Failures)} failed; {Figures.Count(sums.PluginExecutions, "plugin execution")}");
            Console.Out.WriteLine($"{Figures.Count(sums.Records, "record")}, {Figures.Size(sums.Bytes)}; {Figures.Count(sums.DeadLetters, "dead letter")}; {Figures.Count(sums.Events, "event")}");
        }));

    private static IReadOnlyList<string> Row(RunListItem run) =>
    [
        run.RunId.ToString(), run.Pipeline, $"{run.Status}{RunViews.Kind(run.DryRun, run.Replays)}", Figures.Time(run.StartedAt),
        run.DurationMs is { } duration ? Figures.Duration(duration) : "-", Figures.Count(run.Records),
    ];
}
