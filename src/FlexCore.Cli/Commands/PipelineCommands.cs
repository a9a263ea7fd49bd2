using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Application.Bus;
using FlexCore.Application.Monitoring;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline</c>, and of it <c>list</c>, <c>show</c>, <c>start</c>, <c>backfill</c>, <c>activate</c>, <c>pause</c> and <c>archive</c>.</summary>
internal static class PipelineCommands
{
    private static readonly Option<string?> Reason = new("--reason") { Description = "For those who wonder later", HelpName = "TEXT" };

    public static Command Create() => new("pipeline", "Pipelines that are known here, and how they fare")
    {
        PipelineApplyCommand.Create(),
        PipelineDiffCommands.Diff(),
        PipelineDiffCommands.Export(),
        List(),
        Show(),
        Start(),
        BackfillCommands.CreateStart(),
        Change("activate", "Let it run again, and let its triggers start runs. Example: flexcore pipeline activate orders", (name, _) => new ActivatePipeline(name)),
        Change("pause", "Let no run of it start any more; what runs goes on. Example: flexcore pipeline pause orders --reason holiday", (name, reason) => new PausePipeline(name, reason), Reason),
        Change("archive", "Take it out of use. Example: flexcore pipeline archive orders", (name, _) => new ArchivePipeline(name)),
    };

    private static Command List()
    {
        var command = new Command("list", "Every pipeline with its newest run. Example: flexcore pipeline list") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var pipelines = (await session.AskAsync(new GetPipelineStatus(), cancellationToken)).Value;
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(JsonOutput.Array(pipelines, Describe));
            else TextTable.Print(["PIPELINE", "VERSION", "LIFECYCLE", "RUNS", "FAILURES", "LAST RUN", "STATUS"], pipelines.Select(Row));
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("NAME") { Description = "The pipeline" };
        var graph = new Option<string?>("--graph") { Description = "Draw its steps: as text, or as a flowchart for Mermaid", HelpName = "text|mermaid" };
        graph.AcceptOnlyFromAmong("text", "mermaid");
        var command = new Command("show", "One pipeline with its versions and steps. Example: flexcore pipeline show orders --graph mermaid") { name, graph, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var found = await session.AskAsync(new ShowPipeline(parsed.GetRequiredValue(name)), cancellationToken);
            if (!found.IsSuccess) return new ErrorPrinter(json).Print(found.Errors);
            if (json) JsonOutput.Print(Describe(found.Value));
            else Print(found.Value, parsed.GetValue(graph));
            return 0;
        });
        return command;
    }

    private static Command Start()
    {
        var name = new Argument<string>("NAME") { Description = "The pipeline" };
        var priority = new Option<int?>("--priority") { Description = "Higher ones go first", HelpName = "N" };
        var command = new Command("start", "Put a run of it into the queue, for a node (`flexcore serve`) to take. Example: flexcore pipeline start orders --set region=eu")
        {
            name, RunCommand.Set, RunCommand.FullRefresh, priority, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var request = new StartPipeline(parsed.GetRequiredValue(name), RunCommand.ReadSet(parsed), RunTrigger.Manual, parsed.GetValue(RunCommand.FullRefresh), parsed.GetValue(priority));
            return PrintQueued(await session.Bus.SendAsync(request, Session.Caller, cancellationToken), parsed.GetValue(CommandLine.Json));
        });
        return command;
    }

    /// <summary>Says which run was put into the queue.</summary>
    internal static int PrintQueued(Result<Guid> queued, bool json)
    {
        if (!queued.IsSuccess) return new ErrorPrinter(json).Print(queued.Errors);
        if (json) JsonOutput.Print(new JsonObject { ["run_id"] = queued.Value.ToString() });
        else Console.Out.WriteLine($"run {queued.Value} waits for a node");
        return 0;
    }

    private static Command Change(string verb, string description, Func<string, string?, ICommand<Pipeline>> ask, params ReadOnlySpan<Option> options)
    {
        var name = new Argument<string>("NAME") { Description = "The pipeline" };
        var command = new Command(verb, description) { name, CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        foreach (var option in options) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
            var json = parsed.GetValue(CommandLine.Json);
            var changed = await session.Bus.SendAsync(ask(parsed.GetRequiredValue(name), parsed.GetValue(Reason)), Session.Caller, cancellationToken);
            if (!changed.IsSuccess) return new ErrorPrinter(json).Print(changed.Errors);
            if (json) JsonOutput.Print(new JsonObject { ["name"] = changed.Value.Name, ["lifecycle"] = Words.Kebab(changed.Value.Lifecycle) });
            else Console.Out.WriteLine($"pipeline {changed.Value.Name} is {Words.Kebab(changed.Value.Lifecycle)}");
            return 0;
        });
        return command;
    }

    private static void Print(PipelineHistory pipeline, string? form)
    {
        var graph = new PipelineGraph(pipeline.Pipeline.Current!.Definition);
        if (form is null)
        {
            Console.Out.WriteLine($"{pipeline.Pipeline.Name}: {Words.Kebab(pipeline.Pipeline.Lifecycle)}");
            foreach (var line in ScheduleText.Lines(pipeline.Pipeline, TimeProvider.System.GetUtcNow())) Console.Out.WriteLine(line);
            foreach (var (version, record) in pipeline.Pipeline.Versions.Zip(pipeline.Records))
                Console.Out.WriteLine($"version {version.Number}: {Words.Time(record.At)}, by {Printable.Escape(record.Actor)}, from {Printable.Escape(version.File)}, sha256 {version.Hash}");
        }

        foreach (var line in form == "mermaid" ? graph.ToMermaid() : graph.ToLines()) Console.Out.WriteLine(line);
    }

    private static JsonObject Describe(PipelineHistory pipeline) => new()
    {
        ["name"] = pipeline.Pipeline.Name,
        ["lifecycle"] = Words.Kebab(pipeline.Pipeline.Lifecycle),
        ["version"] = pipeline.Pipeline.Current!.Number,
        ["next_due"] = JsonOutput.Array(ScheduleText.Next(pipeline.Pipeline.ActiveTriggers, TimeProvider.System.GetUtcNow()), due => JsonValue.Create(due)),
        ["definition"] = JsonObject.Create(pipeline.Pipeline.Current.Definition),
        ["versions"] = JsonOutput.Array(pipeline.Pipeline.Versions.Zip(pipeline.Records), entry => new JsonObject
        {
            ["version"] = entry.First.Number,
            ["at"] = entry.Second.At,
            ["actor"] = entry.Second.Actor,
            ["file"] = entry.First.File,
            ["hash"] = entry.First.Hash,
        }),
    };

    private static IReadOnlyList<string> Row(PipelineStatus pipeline) =>
    [
        pipeline.Name, pipeline.Version.ToString(), Words.Kebab(pipeline.Lifecycle), Words.Count(pipeline.Runs), Words.Count(pipeline.Failures),
        pipeline.LastRun is { } run ? Words.Time(run.StartedAt) : "-", pipeline.LastRun is { } last ? Words.Kebab(last.Status) : "-",
    ];

    private static JsonObject Describe(PipelineStatus pipeline) => new()
    {
        ["name"] = pipeline.Name,
        ["version"] = pipeline.Version,
        ["lifecycle"] = Words.Kebab(pipeline.Lifecycle),
        ["runs"] = pipeline.Runs,
        ["failures"] = pipeline.Failures,
        ["last_run"] = pipeline.LastRun is { } run ? JsonSerializer.SerializeToNode(RunDocuments.Describe(run), JsonOutput.Documents.RunListItem) : null,
    };
}
