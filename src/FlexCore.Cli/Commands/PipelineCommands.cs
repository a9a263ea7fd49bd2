using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline</c>, and of it <c>list</c>, <c>show</c>, <c>start</c>, <c>backfill</c>, <c>activate</c>, <c>pause</c> and <c>archive</c>.</summary>
internal static class PipelineCommands
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The pipeline" };
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
        Change("activate", "Let it run again, and let its triggers start runs. Example: flexcore pipeline activate orders", [Name], (api, name, _, token) => api.ActivatePipelineAsync(name, token)),
        Change("pause", "Let no run of it start any more; what runs goes on. Example: flexcore pipeline pause orders --reason holiday", [Name, Reason], (api, name, reason, token) => api.PausePipelineAsync(name, new PausePipeline(reason), token)),
        Change("archive", "Take it out of use. Example: flexcore pipeline archive orders", [Name], (api, name, _, token) => api.ArchivePipelineAsync(name, token)),
    };

    private static Command List() => ApiCommand.Create("list", "Every pipeline with its newest run. Example: flexcore pipeline list", [], async (api, parsed, cancellationToken) =>
    {
        var pipelines = await api.ListPipelinesAsync(cancellationToken).ToListAsync(cancellationToken);
        return ApiCommand.Print(
            parsed, pipelines, JsonOutput.Documents.IReadOnlyListPipelineListItem, list => TextTable.Print(["PIPELINE", "VERSION", "LIFECYCLE", "RUNS", "FAILURES", "LAST RUN", "STATUS"], list.Select(Row)));
    });

    private static Command Show()
    {
        var graph = new Option<string?>("--graph") { Description = "Draw its steps: as text, or as a flowchart for Mermaid", HelpName = "text|mermaid" };
        graph.AcceptOnlyFromAmong("text", "mermaid");
        return ApiCommand.Create("show", "One pipeline with its versions and steps. Example: flexcore pipeline show orders --graph mermaid", [Name, graph], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(parsed, await api.GetPipelineAsync(parsed.GetRequiredValue(Name), cancellationToken), JsonOutput.Documents.Pipeline, pipeline => Print(pipeline, parsed.GetValue(graph))));
    }

    private static Command Start()
    {
        var priority = new Option<int?>("--priority") { Description = "Higher ones go first", HelpName = "N" };
        return ApiCommand.Create(
            "start", "Put a run of it into the queue, for a node (`flexcore serve`) to take. Example: flexcore pipeline start orders --set region=eu", [Name, RunCommand.Set, RunCommand.FullRefresh, priority],
            async (api, parsed, cancellationToken) =>
            {
                var request = new StartRun(parsed.GetRequiredValue(Name), RunCommand.ReadSet(parsed), parsed.GetValue(RunCommand.FullRefresh), parsed.GetValue(priority));
                return RunsControlCommands.PrintQueued(parsed, await api.StartRunAsync(request, cancellationToken: cancellationToken));
            });
    }

    private static Command Change(string verb, string description, IReadOnlyList<Symbol> symbols, Func<IFlexCoreApi, string, string?, CancellationToken, Task<PipelineLifecycle>> ask) =>
        ApiCommand.Create(verb, description, symbols, async (api, parsed, cancellationToken) => ApiCommand.Print(
            parsed, await ask(api, parsed.GetRequiredValue(Name), parsed.GetValue(Reason), cancellationToken), JsonOutput.Documents.PipelineLifecycle,
            changed => Console.Out.WriteLine($"pipeline {changed.Name} is {changed.Lifecycle}")));

    private static void Print(Pipeline pipeline, string? form)
    {
        var graph = new PipelineGraph(pipeline.Definition);
        if (form is null)
        {
            Console.Out.WriteLine($"{pipeline.Name}: {pipeline.Lifecycle}");
            foreach (var line in ScheduleText.Lines(pipeline)) Console.Out.WriteLine(line);
            foreach (var version in pipeline.Versions)
                Console.Out.WriteLine($"version {version.Version}: {Figures.Time(version.At)}, by {Printable.Escape(version.Actor)}, from {Printable.Escape(version.File)}, sha256 {version.Hash}");
        }

        foreach (var line in form == "mermaid" ? graph.ToMermaid() : graph.ToLines()) Console.Out.WriteLine(line);
    }

    private static IReadOnlyList<string> Row(PipelineListItem pipeline) =>
    [
        pipeline.Name, pipeline.Version.ToString(), pipeline.Lifecycle, Figures.Count(pipeline.Runs), Figures.Count(pipeline.Failures),
        pipeline.LastRun is { } run ? Figures.Time(run.StartedAt) : "-", pipeline.LastRun is { } last ? last.Status : "-",
    ];
}
