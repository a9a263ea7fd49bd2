namespace FlexCore.Testing;

/// <summary>The repository that the tests were built from, and what machine they run on.</summary>
internal static class Repository
{
    private const string RootMarker = "FlexCore.slnx";

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The launcher, as a user calls it.</summary>
    public static string Launcher { get; } = PathOf("flexcore");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Skips, by name, a test that has to be root; on CI it must run.</summary>
    public static void RequireRoot()
    {
        if (Environment.IsPrivilegedProcess) return;
        Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "CI runs as root, so that nothing is skipped");
        Assert.Skip("needs root");
    }

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, RootMarker)) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? Find(parent)
        : throw new InvalidOperationException($"there is no {RootMarker} above {AppContext.BaseDirectory}");
}
