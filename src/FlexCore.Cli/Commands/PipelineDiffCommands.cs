using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Pipelines;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline diff|export</c>.</summary>
internal static class PipelineDiffCommands
{
    private const int Same = 0;
    private const int Different = 1;

    public static Command Diff()
    {
        var what = new Argument<string>("FILE|NAME") { Description = "A pipeline file, to compare what is on record with it; or the name of a pipeline, to compare two of its versions" };
        var from = new Option<int?>("--from") { Description = "The older version; the one before the newer where nothing is said", HelpName = "N" };
        var to = new Option<int?>("--to") { Description = "The newer version; the last one where nothing is said", HelpName = "N" };
        var command = new Command("diff", "What differs, line by line. Ends with 0 when nothing does, and with 1 when something does. Example: flexcore pipeline diff orders --from 2 --to 3")
        {
            what, from, to, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            var compared = parsed.GetRequiredValue(what);
            var pair = Names.IsValid(compared) && !File.Exists(compared)
                ? await VersionsAsync(compared, parsed.GetValue(from), parsed.GetValue(to), parsed, cancellationToken)
                : await FileAsync(compared, parsed.GetValue(from), parsed.GetValue(to), parsed, cancellationToken);
            if (!pair.IsSuccess) return new ErrorPrinter(json).Print(pair.Errors);
            var lines = new DefinitionDiff(PluginsModule.WriteYaml).Between(pair.Value.Older, pair.Value.Newer).ToList();
            if (json) JsonOutput.Print(new JsonObject { ["same"] = lines.Count == 0, ["from"] = pair.Value.Older?.Number, ["to"] = pair.Value.Newer.Number, ["diff"] = JsonOutput.Array(lines, line => line) });
            else lines.ForEach(Console.Out.WriteLine);
            return lines.Count == 0 ? Same : Different;
        });
        return command;
    }

    public static Command Export()
    {
        var name = new Argument<string>("NAME") { Description = "The pipeline" };
        var number = new Option<int?>("--version") { Description = "Which version; the last one where nothing is said", HelpName = "N" };
        return ApiCommand.Create("export", "Its definition as a pipeline file, on standard output. Example: flexcore pipeline export orders >orders.yaml", [name, number], async (api, parsed, cancellationToken) =>
            ApiCommand.Print(
                parsed, await api.GetDefinitionAsync(parsed.GetRequiredValue(name), parsed.GetValue(number), cancellationToken), JsonOutput.Documents.JsonElement,
                definition => Console.Out.Write(PluginsModule.WriteYaml(definition))));
    }

    /// <summary>What is on record, if anything is, and what the file would make of it.</summary>
    private static async Task<Result<(PipelineVersion? Older, PipelineVersion Newer)>> FileAsync(string file, int? from, int? to, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (from is not null || to is not null) return new Error(ErrorCodes.UsageInvalid, $"{file} is a file, and has no versions", SpecificRemedy: "Give the name of the pipeline with --from and --to.");
        await using var session = await Session.OpenAsync(ProjectLocation.OfPipeline(file, parsed), cancellationToken);
        var plan = await session.AskAsync(new PlanPipelines(new DeclaredPipelines([PipelineApplyCommand.Source(file)], Activates: true, Prunes: false)), cancellationToken);
        return plan.IsSuccess ? (plan.Value[0].Before.Current, plan.Value[0].After.Current!) : plan.Errors.ToArray();
    }

    private static async Task<Result<(PipelineVersion? Older, PipelineVersion Newer)>> VersionsAsync(string name, int? from, int? to, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var session = await Session.OpenAsync(ProjectLocation.OfCurrentFolder(parsed).MustExist(), cancellationToken);
        var found = await session.AskAsync(new ShowPipeline(name), cancellationToken);
        if (!found.IsSuccess) return found.Errors.ToArray();
        var newer = Find(found.Value.Pipeline, to);
        if (!newer.IsSuccess) return newer.Errors.ToArray();
        var older = Find(found.Value.Pipeline, from ?? newer.Value.Number - 1);
        return older.IsSuccess ? (older.Value, newer.Value) : older.Errors.ToArray();
    }

    private static Result<PipelineVersion> Find(Pipeline pipeline, int? number)
    {
        if (pipeline.Versions.ElementAtOrDefault((number ?? pipeline.Versions.Count) - 1) is { } version) return version;
        return new Error(ErrorCodes.NotFound, $"pipeline {pipeline.Name} has no version {number}", SpecificRemedy: $"It has versions 1 to {pipeline.Versions.Count}: see `flexcore pipeline show {pipeline.Name}`.");
    }
}
