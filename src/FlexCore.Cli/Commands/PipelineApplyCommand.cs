using System.CommandLine;
using System.Text.Json.Nodes;
using FlexCore.Application.Pipelines;
using FlexCore.Application.Ports;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore pipeline apply</c>.</summary>
internal static class PipelineApplyCommand
{
    private static readonly string[] OtherFiles = ["flexcore.yaml", "plugin.yaml"];

    private static readonly Option<string[]> Files = new("-f", "--file") { Description = "A pipeline file, or a folder of them; may be given several times", HelpName = "FILE|DIR", Required = true };
    private static readonly Option<bool> Prune = new("--prune") { Description = "Archive the pipelines whose file was in a folder that is named and is not there any more" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be done, and do nothing" };
    private static readonly Option<bool> NoActivate = new("--no-activate") { Description = "Let no trigger start runs of what is new" };

    public static Command Create()
    {
        var command = new Command("apply", "Make what is on record what the files say. All is checked first; when anything is wrong, nothing is changed. Example: flexcore pipeline apply -f pipelines/ --prune")
        {
            Files, Prune, DryRun, NoActivate, CommandLine.Data, CommandLine.Environment, CommandLine.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(CommandLine.Json);
            var named = parsed.GetRequiredValue(Files);
            if (parsed.GetValue(Prune) && named.FirstOrDefault(path => !Directory.Exists(path)) is { } single)
                throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"--prune compares folders with what is on record, and {single} is none", SpecificRemedy: "Name the folder, or archive what is not wanted with `flexcore pipeline archive NAME`."));
            var files = named.SelectMany(FilesIn).Distinct(StringComparer.Ordinal).ToList();
            var declared = new DeclaredPipelines([.. files.Select(Source)], !parsed.GetValue(NoActivate), parsed.GetValue(Prune));
            await using var session = await Session.OpenAsync(ProjectOf(files, parsed), cancellationToken);
            var dry = parsed.GetValue(DryRun);
            var changes = dry ? await session.AskAsync(new PlanPipelines(declared), cancellationToken) : await session.AskAsync(new ApplyPipelines(declared), cancellationToken);
            if (!changes.IsSuccess) return new ErrorPrinter(json).Print(changes.Errors);
            if (json) JsonOutput.Print(new JsonObject { ["dry_run"] = dry, ["pipelines"] = JsonOutput.Array(changes.Value, Describe) });
            else Print(changes.Value, dry);
            return 0;
        });
        return command;
    }

    /// <summary>A file as it is, without what a command line could add.</summary>
    internal static PipelineRequest Source(string file) => new(file, new Dictionary<string, string>(StringComparer.Ordinal), GrantAll: false);

    private static IReadOnlyList<string> FilesIn(string path)
    {
        if (!Directory.Exists(path)) return [path];
        var files = Directory.EnumerateFiles(path)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".yml" && Path.GetFileName(file) is var name && !name.StartsWith('.') && !OtherFiles.Contains(name, StringComparer.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new FlexCoreException(new Error(ErrorCodes.FileUnreadable, $"there is no pipeline file (*.yaml, *.yml) in {path}; folders in it are not looked into"));
    }

    /// <summary>One data directory takes them all.</summary>
    private static ProjectLocation ProjectOf(List<string> files, ParseResult parsed)
    {
        var root = ProjectLocation.RootOf(files[0]);
        if (files.Find(file => ProjectLocation.RootOf(file) != root) is { } other)
            throw new FlexCoreException(new Error(ErrorCodes.UsageInvalid, $"{files[0]} and {other} are of different projects: {root} and {ProjectLocation.RootOf(other)}", SpecificRemedy: "Apply one project after the other; folders of one project have a flexcore.yaml above them."));
        return ProjectLocation.OfPipeline(files[0], parsed);
    }

    private static void Print(IReadOnlyList<PipelineChange> changes, bool dry)
    {
        var width = changes.Max(change => change.After.Name.Length);
        foreach (var change in changes)
        {
            Console.Out.WriteLine($"{Sign(change)} {change.After.Name.PadRight(width)}  {InWords(change)}");
            if (!dry || change.Before.Current is not { } before || before.Hash == change.After.Current!.Hash) continue;
            foreach (var line in new DefinitionDiff(PluginsModule.WriteYaml).Between(before, change.After.Current)) Console.Out.WriteLine($"    {line}");
        }

        var sums = changes.GroupBy(What, StringComparer.Ordinal).Select(group => $"{Words.Count(group.Count())} {group.Key}");
        Console.Out.WriteLine($"{string.Join(", ", sums)}{(dry ? ": this is a plan, and nothing was done" : "")}");
    }

    private static string What(PipelineChange change) => change switch
    {
        { Before.Current: null } => "created",
        _ when change.After.Versions.Count > change.Before.Versions.Count => "revised",
        _ when change.After.Lifecycle == change.Before.Lifecycle => "unchanged",
        { After.Lifecycle: PipelineLifecycle.Archived } => "archived",
        _ => "activated",
    };

    private static string Sign(PipelineChange change) => What(change) switch
    {
        "created" => "+",
        "archived" => "-",
        "unchanged" => " ",
        _ => "~",
    };

    private static string InWords(PipelineChange change)
    {
        var (before, after) = (change.Before, change.After);
        var moved = before.Current is { } old && old.File != after.Current!.File ? $", moved here from {Printable.Escape(old.File)}" : "";
        var version = before.Current is { } known && known.Number != after.Current!.Number ? $"version {known.Number} → {after.Current.Number}" : $"version {after.Current!.Number}";
        var lifecycle = before.Current is not null && before.Lifecycle != after.Lifecycle ? $"{Words.Kebab(before.Lifecycle)} → {Words.Kebab(after.Lifecycle)}" : Words.Kebab(after.Lifecycle);
        return $"{What(change)}: {version}, {lifecycle}{moved}";
    }

    private static JsonObject Describe(PipelineChange change) => new()
    {
        ["name"] = change.After.Name,
        ["change"] = What(change),
        ["version_before"] = change.Before.Current?.Number,
        ["version"] = change.After.Current!.Number,
        ["lifecycle_before"] = change.Before.Current is null ? null : Words.Kebab(change.Before.Lifecycle),
        ["lifecycle"] = Words.Kebab(change.After.Lifecycle),
        ["file"] = change.After.Current.File,
    };
}
