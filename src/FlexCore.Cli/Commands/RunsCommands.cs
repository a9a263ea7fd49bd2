using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore runs list|show|diff|logs|watch|totals|cancel|retry</c>.</summary>
internal static class RunsCommands
{
    internal static readonly Argument<string> Run = new("RUN") { Description = "The run's id, the beginning or the end of it, or `latest`" };

    public static Command Create() => new("runs", "Runs, and what their plugins said") { List(), Show(), RunsDiffCommand.Create(), Logs(), RunsWatchCommand.Create(), Totals(), RunsControlCommands.Cancel(), RunsControlCommands.Retry() };

    private static Command List()
    {
        var pipeline = new Option<string?>("--pipeline") { Description = "Only runs of this pipeline", HelpName = "NAME" };
        var limit = CommandLine.Limit(20);
        var command = new Command("list", "The newest runs. Example: flexcore runs list --limit 5") { pipeline, limit, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var runs = (await session.AskAsync(new GetExecutionHistory(new RunFilter(parsed.GetValue(limit), parsed.GetValue(pipeline))), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(runs, Describe));
            else TextTable.Print(["RUN", "PIPELINE", "STATUS", "STARTED", "DURATION", "RECORDS"], runs.Select(Row));
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "One run: its steps, plugins and state. Example: flexcore runs show latest") { Run, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.AskAsync(new ShowRun(parsed.GetRequiredValue(Run)), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);

            var run = found.Value.State;
            if (json)
            {
                var document = RunDocument.Describe(run, await session.GetState.ListAsync(run.Pipeline, cancellationToken));
                document["started_at"] = found.Value.StartedAt.ToString("O");
                document["waits"] = found.Value.Waits?.Describe();
                JsonOutput.Print(document);
                return 0;
            }

            RunSummaryPrinter.PrintDetails(run, found.Value.StartedAt, found.Value.Waits);
            return 0;
        });
        return command;
    }

    private static Command Logs()
    {
        var command = new Command("logs", "What the plugins of a run said. Example: flexcore runs logs latest") { Run, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.AskAsync(new ShowRun(parsed.GetRequiredValue(Run)), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);

            var all = new JsonArray();
            await foreach (var line in session.Logs.ReadAsync(found.Value.State.RunId, cancellationToken))
            {
                if (json)
                {
                    all.Add((JsonNode)new JsonObject
                    {
                        ["at"] = line.At.ToString("O"),
                        ["step"] = line.Step,
                        ["plugin"] = line.Plugin,
                        ["level"] = line.Level.ToString().ToLowerInvariant(),
                        ["message"] = line.Message,
                    });
                }
                else
                {
                    Console.Out.WriteLine($"{Words.Time(line.At)} {line.Level.ToString().ToUpperInvariant(),-7} {line.Step} {line.Plugin}: {line.Message}");
                }
            }

            if (json) JsonOutput.Print(all);
            return 0;
        });
        return command;
    }

    private static Command Totals()
    {
        var command = new Command("totals", "What all runs have done together. Example: flexcore runs totals") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var sums = (await session.AskAsync(new GetSystemMetrics(), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json))
            {
                JsonOutput.Print(new JsonObject
                {
                    ["events"] = sums.Events,
                    ["runs"] = sums.Runs,
                    ["failures"] = sums.Failures,
                    ["records"] = sums.Records,
                    ["bytes"] = sums.Bytes,
                    ["dead_letters"] = sums.DeadLetters,
                    ["plugin_executions"] = sums.PluginExecutions,
                });
                return 0;
            }

            Console.Out.WriteLine($"{Words.Count(sums.Runs, "run")}, {Words.Count(sums.Failures)} failed; {Words.Count(sums.PluginExecutions, "plugin execution")}");
            Console.Out.WriteLine($"{Words.Count(sums.Records, "record")}, {Words.Size(sums.Bytes)}; {Words.Count(sums.DeadLetters, "dead letter")}; {Words.Count(sums.Events, "event")}");
            return 0;
        });
        return command;
    }

    private static IReadOnlyList<string> Row(ExecutionHistory run) =>
    [
        run.RunId.ToString(), run.Pipeline, $"{Words.Status(run.Status)}{RunViews.Kind(run.IsDryRun, run.Replays)}", Words.Time(run.StartedAt),
        run.DurationMs is { } duration ? Words.Duration(duration) : "-", Words.Count(run.Records),
    ];

    internal static JsonObject Describe(ExecutionHistory run) => new()
    {
        ["run_id"] = run.RunId.ToString(),
        ["pipeline"] = run.Pipeline,
        ["status"] = Words.Status(run.Status),
        ["dry_run"] = run.IsDryRun,
        ["replays"] = run.Replays,
        ["started_at"] = run.StartedAt.ToString("O"),
        ["duration_ms"] = run.DurationMs,
        ["records"] = run.Records,
        ["dead_letters"] = run.DeadLetters,
    };
}
