namespace FlexCore.Testing;

/// <summary>A machine where no sandbox can be had: a mount namespace of its own, where bubblewrap says what it says where the kernel refuses.</summary>
internal static class WithoutBubblewrap
{
    private const string Fail = """
        printf '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.8.0 && exit 0\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n' > "$0" && chmod 755 "$0" &&
        mount --bind "$0" /usr/bin/bwrap && exec "$@"
        """;

    /// <summary>Runs the published command line as a normal user.</summary>
    public static async Task<CommandResult> FlexCoreAsync(TestProject project, string[] arguments, string input = "") =>
        await RunAsync(project, ["/usr/bin/setpriv", .. NormalUser.Setpriv, Path.Combine(await NormalUser.CliAsync(), "flexcore"), .. arguments], input);

    /// <summary>Runs it as root.</summary>
    public static Task<CommandResult> FlexCoreAsRootAsync(TestProject project, params string[] arguments) => RunAsync(project, [Path.Combine(Repository.Root, ".build/cli/flexcore"), .. arguments], "");

    private static Task<CommandResult> RunAsync(TestProject project, string[] command, string input)
    {
        var environment = new Dictionary<string, string?>(project.Variables, StringComparer.Ordinal) { ["HOME"] = project.Folder, ["XDG_RUNTIME_DIR"] = null };
        return Command.RunAsync("/usr/bin/unshare", ["--mount", "/bin/sh", "-c", Fail, project.PathOf("no-bwrap"), .. command], project.Folder, environment, input);
    }
}
