namespace FlexCore.Tests;

/// <summary>The repository that the tests were built from. Linked into the test projects that look at its files.</summary>
internal static class Repository
{
    private const string RootMarker = "FlexCore.slnx";

    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, RootMarker)) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? Find(parent)
        : throw new InvalidOperationException($"there is no {RootMarker} above {AppContext.BaseDirectory}");
}
