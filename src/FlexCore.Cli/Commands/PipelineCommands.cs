using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline list</c>.</summary>
internal static class PipelineCommands
{
    public static Command Create() => new("pipeline", "Pipelines that were run here, and how they fare") { List() };

    private static Command List()
    {
        var command = new Command("list", "Every pipeline with its newest run. Example: flexcore pipeline list") { CommandLine.Data, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed.GetValue(CommandLine.Data)).MustExist(), cancellationToken);
            var pipelines = await session.ReadModels.ListPipelinesAsync(cancellationToken);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(pipelines, Describe));
            else TextTable.Print(["PIPELINE", "VERSION", "RUNS", "FAILURES", "LAST RUN", "STATUS"], pipelines.Select(Row));
            return 0;
        });
        return command;
    }

    private static IReadOnlyList<string> Row(PipelineStatus pipeline) =>
    [
        pipeline.Name, pipeline.Version.ToString(), Words.Count(pipeline.Runs), Words.Count(pipeline.Failures),
        pipeline.LastRun is { } run ? Words.Time(run.StartedAt) : "-", pipeline.LastRun is { } last ? Words.Status(last.Status) : "-",
    ];

    private static JsonObject Describe(PipelineStatus pipeline) => new()
    {
        ["name"] = pipeline.Name,
        ["version"] = pipeline.Version,
        ["runs"] = pipeline.Runs,
        ["failures"] = pipeline.Failures,
        ["last_run"] = pipeline.LastRun is { } run ? RunsCommands.Describe(run) : null,
    };
}
