using System.CommandLine;
using FlexCore.Cli.Api;
using FlexCore.Cli.Output;
using FlexCore.Client;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Server.Documents;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline apply</c>.</summary>
internal static class PipelineApplyCommand
{
    private static readonly string[] OtherFiles = ["flexcore.yaml", "plugin.yaml"];

    private static readonly Option<string[]> Files = new("-f", "--file") { Description = "A pipeline file, or a folder of them; may be given several times", HelpName = "FILE|DIR", Required = true };
    private static readonly Option<bool> Prune = new("--prune") { Description = "Archive the pipelines whose file was in a folder that is named and is not there any more" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be done, and do nothing" };
    private static readonly Option<bool> NoActivate = new("--no-activate") { Description = "Let no trigger start runs of what is new" };

    public static Command Create() => ApiCommand.Create(
        "apply", "Make what is on record what the files say. All is checked first; when anything is wrong, nothing is changed. Example: flexcore pipeline apply -f pipelines/ --prune", [Files, Prune, DryRun, NoActivate],
        async (api, parsed, cancellationToken) =>
        {
            var request = new ApplyPipelines(PipelineFiles.Read(FilesOf(parsed), parsed), !parsed.GetValue(NoActivate), parsed.GetValue(Prune));
            var applied = parsed.GetValue(DryRun) ? await api.PlanPipelinesAsync(request, cancellationToken) : await api.ApplyPipelinesAsync(request, cancellationToken);
            return ApiCommand.Print(parsed, applied, JsonOutput.Documents.AppliedPipelines, Print);
        },
        parsed => ProjectLocation.OfPipeline(FilesOf(parsed)[0], parsed));

    private static List<string> FilesOf(ParseResult parsed)
    {
        var named = parsed.GetRequiredValue(Files);
        if (parsed.GetValue(Prune) && named.FirstOrDefault(path => !Directory.Exists(path)) is { } single)
            throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--prune compares folders with what is on record, and {single} is none", SpecificRemedy: "Name the folder, or archive what is not wanted with `flexcore pipeline archive NAME`."));
        List<string> files = [.. named.SelectMany(FilesIn).Distinct(StringComparer.Ordinal)];

        // One data directory takes them all.
        var root = ProjectLocation.RootOf(files[0]);
        return files.Find(file => ProjectLocation.RootOf(file) != root) is not { } other
            ? files
            : throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"{files[0]} and {other} are of different projects: {root} and {ProjectLocation.RootOf(other)}", SpecificRemedy: "Apply one project after the other; folders of one project have a flexcore.yaml above them."));
    }

    private static IReadOnlyList<string> FilesIn(string path)
    {
        if (!Directory.Exists(path)) return [path];
        var files = Directory.EnumerateFiles(path)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".yml" && Path.GetFileName(file) is var name && !name.StartsWith('.') && !OtherFiles.Contains(name, StringComparer.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"there is no pipeline file (*.yaml, *.yml) in {path}; folders in it are not looked into"));
    }

    private static void Print(AppliedPipelines applied)
    {
        var width = applied.Pipelines.Max(change => change.Name.Length);
        foreach (var change in applied.Pipelines)
        {
            Console.Out.WriteLine($"{Sign(change)} {change.Name.PadRight(width)}  {InWords(change)}");
            if (!applied.DryRun || change.VersionBefore is null) continue;
            foreach (var line in change.Diff) Console.Out.WriteLine($"    {line}");
        }

        var sums = applied.Pipelines.GroupBy(change => change.Change, StringComparer.Ordinal).Select(group => $"{Figures.Count(group.Count())} {group.Key}");
        Console.Out.WriteLine($"{string.Join(", ", sums)}{(applied.DryRun ? ": this is a plan, and nothing was done" : "")}");
    }

    private static string Sign(PipelineChange change) => change.Change switch
    {
        "created" => "+",
        "archived" => "-",
        "unchanged" => " ",
        _ => "~",
    };

    private static string InWords(PipelineChange change)
    {
        var moved = change.FileBefore is { } old && old != change.File ? $", moved here from {Printable.Escape(old)}" : "";
        var version = change.VersionBefore is { } before && before != change.Version ? $"version {before} → {change.Version}" : $"version {change.Version}";
        var lifecycle = change.LifecycleBefore is { } earlier && earlier != change.Lifecycle ? $"{earlier} → {change.Lifecycle}" : change.Lifecycle;
        return $"{change.Change}: {version}, {lifecycle}{moved}";
    }
}
