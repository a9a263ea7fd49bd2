namespace FlexCore.Testing;

/// <summary>A user who is not root, for tests that root runs. The repository may lie where that user cannot go.</summary>
internal static class NormalUser
{
    public const int Id = 65501;

    private static readonly Lazy<Task<string>> Copy = new(CopyCliAsync);

    /// <summary>What comes before a command to run it as that user.</summary>
    public static string[] Setpriv { get; } = [$"--reuid={Id}", $"--regid={Id}", "--clear-groups", "--"];

    /// <summary>Makes a folder and all in it that user's.</summary>
    public static async Task OwnAsync(string folder) => (await Command.RunAsync("/bin/chown", ["-R", $"{Id}:{Id}", folder], "/")).ShouldExitWith(0);

    /// <summary>Runs the published command line as that user.</summary>
    public static async Task<CommandResult> FlexCoreAsync(TestProject project, params string[] arguments) =>
        await Command.RunAsync(
            "/usr/bin/setpriv",
            [.. Setpriv, Path.Combine(await Copy.Value, "flexcore"), .. arguments],
            project.Folder,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["HOME"] = project.Folder, ["XDG_RUNTIME_DIR"] = null });

    /// <summary>A copy of the published command line that everybody can read.</summary>
    public static Task<string> CliAsync() => Copy.Value;

    private static async Task<string> CopyCliAsync()
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-cli-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        (await Command.RunAsync("/bin/sh", ["-c", "cp -rL \"$1/.\" \"$2\" && chmod -R a+rX \"$2\" && touch \"$2/stamp\"", "sh", Path.Combine(Repository.Root, ".build/cli"), folder], "/")).ShouldExitWith(0);
        return folder;
    }
}
