namespace FlexCore.EndToEnd;

/// <summary>Where the repository lies, and what machine the tests run on.</summary>
internal static class Repository
{
    /// <summary>The folder that holds FlexCore.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The launcher, as a user calls it.</summary>
    public static string Launcher { get; } = Path.Combine(Root, "flexcore");

    /// <summary>Skips, by name, a test that has to be root; on CI it must run.</summary>
    public static void RequireRoot()
    {
        if (Environment.IsPrivilegedProcess) return;
        Environment.GetEnvironmentVariable("CI").ShouldNotBe("true", "CI runs as root, so that nothing is skipped");
        Assert.Skip("needs root");
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "FlexCore.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
