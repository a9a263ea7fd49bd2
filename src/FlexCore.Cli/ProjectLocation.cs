using FlexCore.Domain.Errors;

namespace FlexCore.Cli;

/// <summary>Where a project and its data lie.</summary>
/// <param name="Root">The project: <c>plugins/</c> lies in it.</param>
/// <param name="Data">The data directory.</param>
internal sealed record ProjectLocation(string Root, string Data)
{
    private const string ProjectFile = "flexcore.yaml";
    private const string DataFolder = ".flexcore";
    private const string DataVariable = "FLEXCORE__DATA";

    /// <summary>The project of a pipeline file: its folder, or the nearest parent with a flexcore.yaml.</summary>
    public static ProjectLocation OfPipeline(string file, string? dataOption)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var root = ParentsOf(folder).FirstOrDefault(parent => File.Exists(Path.Combine(parent, ProjectFile))) ?? folder;
        return new ProjectLocation(root, ChosenData(dataOption) ?? Path.Combine(root, DataFolder));
    }

    /// <summary>The project around the current folder. For commands that look at what is there.</summary>
    public static ProjectLocation OfCurrentFolder(string? dataOption)
    {
        var folder = Environment.CurrentDirectory;
        if (ChosenData(dataOption) is { } chosen) return new ProjectLocation(folder, chosen);
        var root = ParentsOf(folder).FirstOrDefault(parent => Directory.Exists(Path.Combine(parent, DataFolder)) || File.Exists(Path.Combine(parent, ProjectFile)));
        return new ProjectLocation(root ?? folder, Path.Combine(root ?? folder, DataFolder));
    }

    /// <summary>Refuses a data directory that is not there: to look at nothing is a mistake of the user.</summary>
    public ProjectLocation MustExist() =>
        Directory.Exists(Data)
            ? this
            : throw new FlexCoreException(new Error(
                ErrorCodes.NotFound, $"there is no data directory {Data}", SpecificRemedy: "Go to the project's folder, or name its data directory with --data DIR."));

    private static string? ChosenData(string? option) =>
        (option ?? Environment.GetEnvironmentVariable(DataVariable)) is { Length: > 0 } chosen ? Path.GetFullPath(chosen) : null;

    private static IEnumerable<string> ParentsOf(string folder)
    {
        for (var current = folder; current is not null; current = Path.GetDirectoryName(current)) yield return current;
    }
}
