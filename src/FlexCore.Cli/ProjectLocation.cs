using System.Collections;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Plugins;

namespace FlexCore.Cli;

/// <summary>Where a project and its data lie.</summary>
/// <param name="Root">The project: <c>plugins/</c> lies in it.</param>
/// <param name="Data">The data directory.</param>
internal sealed record ProjectLocation(string Root, string Data)
{
    private const string ProjectFile = "flexcore.yaml";
    private const string DataFolder = ".flexcore";
    private const string VariablePrefix = "FLEXCORE__";
    private const string DataVariable = "FLEXCORE__DATA";

    /// <summary>The project of a pipeline file: its folder, or the nearest parent with a flexcore.yaml.</summary>
    public static ProjectLocation OfPipeline(string file, string? dataOption)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var root = ProjectAround(folder) ?? folder;
        return new ProjectLocation(root, ChosenData(dataOption) ?? Path.Combine(root, DataFolder));
    }

    /// <summary>The project around the current folder. For commands that look at what is there.</summary>
    public static ProjectLocation OfCurrentFolder(string? dataOption)
    {
        var folder = Environment.CurrentDirectory;
        if (ChosenData(dataOption) is { } chosen) return new ProjectLocation(ProjectAround(folder) ?? folder, chosen);
        var root = ParentsOf(folder).FirstOrDefault(parent => Directory.Exists(Path.Combine(parent, DataFolder)) || File.Exists(Path.Combine(parent, ProjectFile)));
        return new ProjectLocation(root ?? folder, Path.Combine(root ?? folder, DataFolder));
    }

    /// <summary>How the project is configured: by its flexcore.yaml, then by the environment.</summary>
    public ProjectSettings ReadSettings()
    {
        var errors = new List<Error>();
        var settings = new List<Setting>();
        var file = Path.Combine(Root, ProjectFile);
        if (File.Exists(file))
        {
            var read = PluginsModule.ReadSettings(file);
            if (read.IsSuccess) settings.AddRange(read.Value);
            else errors.AddRange(read.Errors);
        }

        settings.AddRange(VariablesOfTheEnvironment());
        var project = ProjectSettings.Read(settings);
        errors.AddRange(project.Errors);
        return errors.Count == 0 ? project.Value : throw new FlexCoreException(errors);
    }

    /// <summary>Refuses a data directory that is not there: to look at nothing is a mistake of the user. Events on a server are there without one.</summary>
    public ProjectLocation MustExist() =>
        Directory.Exists(Data) || ReadSettings().Store.Kind != StoreKind.Sqlite
            ? this
            : throw new FlexCoreException(new Error(
                ErrorCodes.NotFound, $"there is no data directory {Data}", SpecificRemedy: "Go to the project's folder, or name its data directory with --data DIR."));

    private static string? ChosenData(string? option) =>
        (option ?? Environment.GetEnvironmentVariable(DataVariable)) is { Length: > 0 } chosen ? Path.GetFullPath(chosen) : null;

    /// <summary><c>FLEXCORE__STORE__KIND</c> is <c>store.kind</c>.</summary>
    private static IEnumerable<Setting> VariablesOfTheEnvironment() =>
        from DictionaryEntry variable in Environment.GetEnvironmentVariables()
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
