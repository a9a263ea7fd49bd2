using System.Collections;
using System.CommandLine;
using FlexCore.Application.Settings;
using FlexCore.Cli.Output;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Plugins;

namespace FlexCore.Cli;

/// <summary>Where a project and its data lie.</summary>
/// <param name="Root">The project: <c>plugins/</c> lies in it.</param>
/// <param name="AllData">Where it keeps data: those of each environment in a folder of their own.</param>
/// <param name="Environment">The environment; null for none.</param>
internal sealed record ProjectLocation(string Root, string AllData, string? Environment)
{
    private const string ProjectFile = "flexcore.yaml";
    private const string DataFolder = ".flexcore";
    private const string EnvironmentsFolder = "environments";
    private const string VariablePrefix = "FLEXCORE__";
    private const string DataVariable = "FLEXCORE__DATA";

    /// <summary>The file of its settings.</summary>
    public string SettingsFile { get; init; } = Path.Combine(Root, ProjectFile);

    /// <summary>Settings of the command line, which win over all others.</summary>
    public IReadOnlyList<Setting> Options { get; init; } = [];

    /// <summary>The data directory. With the events each environment has its own locks, secrets, dead letters and plugins.</summary>
    public string Data => Environment is null ? AllData : Path.Combine(AllData, EnvironmentsFolder, Environment);

    /// <summary>The project of a pipeline file, and its data as the command line says.</summary>
    public static ProjectLocation OfPipeline(string file, ParseResult parsed)
    {
        var root = RootOf(file);
        return new ProjectLocation(root, ChosenData(parsed) ?? Path.Combine(root, DataFolder), ChosenEnvironment(parsed));
    }

    /// <summary>The project of a pipeline file: its folder, or the nearest parent with a flexcore.yaml.</summary>
    public static string RootOf(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return ProjectAround(folder) ?? folder;
    }

    /// <summary>The project around the current folder. For commands that look at what is there.</summary>
    public static ProjectLocation OfCurrentFolder(ParseResult parsed)
    {
        var (folder, environment) = (System.Environment.CurrentDirectory, ChosenEnvironment(parsed));
        if (ChosenData(parsed) is { } chosen) return new ProjectLocation(ProjectAround(folder) ?? folder, chosen, environment);
        var root = ParentsOf(folder).FirstOrDefault(parent => Directory.Exists(Path.Combine(parent, DataFolder)) || File.Exists(Path.Combine(parent, ProjectFile)));
        return new ProjectLocation(root ?? folder, Path.Combine(root ?? folder, DataFolder), environment);
    }

    /// <summary>The project of a file of settings, which is its folder.</summary>
    public static ProjectLocation OfSettings(string file, ParseResult parsed)
    {
        var path = Path.GetFullPath(file);
        if (!File.Exists(path)) throw new FlexCoreException(new Error(ErrorCodes.NotFound, $"there is no file {path}"));
        var root = Path.GetDirectoryName(path)!;
        return new ProjectLocation(root, ChosenData(parsed) ?? Path.Combine(root, DataFolder), ChosenEnvironment(parsed)) { SettingsFile = path };
    }

    /// <summary>How the project is configured.</summary>
    public ProjectSettings ReadSettings() => ReadWritten().Settings;

    /// <summary>How the project is configured: by its flexcore.yaml, in it by the environment that was named, then by the variables of the process, then by its options.</summary>
    /// <returns>The settings, and all that was written, of which later ones win.</returns>
    public (ProjectSettings Settings, IReadOnlyList<Setting> Written) ReadWritten()
    {
        var errors = new List<Error>();
        var written = new List<Setting>();
        var read = File.Exists(SettingsFile) ? PluginsModule.ReadSettings(SettingsFile) : Array.Empty<Setting>();
        var chosen = read.IsSuccess ? EnvironmentSettings.Choose(read.Value, Environment, SettingsFile) : read;
        if (chosen.IsSuccess) written.AddRange(chosen.Value);
        else errors.AddRange(chosen.Errors);

        written.AddRange([.. Variables(), .. Options]);
        var project = ProjectSettings.Read(written, Environment);
        errors.AddRange(project.Errors);
        return errors.Count == 0 ? (project.Value, written) : throw new FlexCoreException(errors);
    }

    /// <summary>Refuses a data directory that is not there: to look at nothing is a mistake of the user. Events on a server are there without one.</summary>
    public ProjectLocation MustExist() =>
        ReadSettings().Store.Kind != StoreKind.Sqlite || Directory.Exists(Data)
            ? this
            : throw new FlexCoreException(new Error(
                ErrorCodes.NotFound, $"there is no data directory {Data}", SpecificRemedy: "Go to the project's folder, or name its data directory with --data DIR."));

    private static string? ChosenData(ParseResult parsed) =>
        (parsed.GetValue(CommandLine.Data) ?? System.Environment.GetEnvironmentVariable(DataVariable)) is { Length: > 0 } chosen ? Path.GetFullPath(chosen) : null;

    // It becomes the name of a folder.
    private static string? ChosenEnvironment(ParseResult parsed) =>
        (parsed.GetValue(CommandLine.Environment) ?? parsed.GetValue(CommandLine.EnvironmentInFull)) is not { } name ? null
        : Names.IsValid(name) ? name
        : throw new FlexCoreException(new Error(ErrorCodes.InvalidName, $"--env {name}: that is not a valid name of an environment"));

    /// <summary><c>FLEXCORE__STORE__KIND</c> is <c>store.kind</c>.</summary>
    private static IEnumerable<Setting> Variables() =>
        from DictionaryEntry variable in System.Environment.GetEnvironmentVariables()
        let name = (string)variable.Key
        where name.StartsWith(VariablePrefix, StringComparison.Ordinal) && name != DataVariable && variable.Value is string { Length: > 0 }
        orderby name
        select new Setting(name[VariablePrefix.Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal), (string)variable.Value!, name);

    private static string? ProjectAround(string folder) => ParentsOf(folder).FirstOrDefault(parent => File.Exists(Path.Combine(parent, ProjectFile)));

    private static IEnumerable<string> ParentsOf(string folder)
    {
        for (var current = folder; current is not null; current = Path.GetDirectoryName(current)) yield return current;
    }
}
