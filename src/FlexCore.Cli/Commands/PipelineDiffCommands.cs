using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
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
        return ApiCommand.Create(
            "diff", "What differs, line by line. Ends with 0 when nothing does, and with 1 when something does. Example: flexcore pipeline diff orders --from 2 --to 3", [what, from, to],
            async (api, parsed, cancellationToken) =>
            {
                var (compared, older, newer) = (parsed.GetRequiredValue(what), parsed.GetValue(from), parsed.GetValue(to));
                var diff = IsFile(compared) ? await CompareAsync(api, compared, older ?? newer, parsed, cancellationToken) : await api.ComparePipelineAsync(compared, older, newer, cancellationToken);
                ApiCommand.Print(parsed, diff, JsonOutput.Documents.PipelineDiff, found =>
                {
                    foreach (var line in found.Diff) Console.Out.WriteLine(line);
                });
                return diff.Same ? Same : Different;
            },
            parsed => IsFile(parsed.GetRequiredValue(what)) ? ProjectLocation.OfPipeline(parsed.GetRequiredValue(what), parsed) : ProjectLocation.OfCurrentFolder(parsed).MustExist());
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

    private static bool IsFile(string compared) => !Names.IsValid(compared) || File.Exists(compared);

    /// <summary>What is on record, if anything is, and what the file would make of it.</summary>
    private static async Task<PipelineDiff> CompareAsync(IFlexCoreApi api, string file, int? version, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (version is not null) throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"{file} is a file, and has no versions", SpecificRemedy: "Give the name of the pipeline with --from and --to."));
        var change = (await api.PlanPipelinesAsync(new ApplyPipelines(PipelineFiles.Read([file], parsed)), cancellationToken)).Pipelines[0];
        return new PipelineDiff(change.Diff.Count == 0, change.VersionBefore, change.Version, change.Diff);
    }
}
