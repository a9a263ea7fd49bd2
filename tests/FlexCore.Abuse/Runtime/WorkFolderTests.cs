namespace FlexCore.Abuse.Runtime;

/// <summary>The runtime removes what a plugin left in its work folder, whatever that is, and nothing else.</summary>
public sealed class WorkFolderTests
{
    private const string DeepTree = """
        for _ in range(3000):
            os.mkdir('d' * 20)
            os.chdir('d' * 20)
        """;

    private const string NameThatIsNoText = """
        open(b'\xff\xfe\x80', 'w').close()
        """;

    // Its owner may not look into it either, who is the runtime itself where that is not root.
    private const string ClosedFolder = """
        os.makedirs('closed/inner')
        os.chmod('closed', 0)
        """;

    private const string Rest = """
        os.mkdir('\x1b[2J\n.. -rf *')
        open('\x1b[2J\n.. -rf */-rf', 'w').close()
        for i in range(2000): open(f'{i}', 'w').close()
        """;

    /// <summary>Shows that each of them is a trap: as the user who owns it all, for root only the first two are.</summary>
    [Theory]
    [InlineData(DeepTree)]
    [InlineData(NameThatIsNoText)]
    [InlineData(ClosedFolder)]
    public async Task Usual_way_to_remove_a_folder_fails(string attack)
    {
        Repository.RequireRoot();
        var folder = Plugin.NewRuntimeDirectory();
        await NormalUser.OwnAsync(folder);
        await AsUserAsync("/usr/bin/python3", "-c", $"import os, sys\nos.chdir(sys.argv[1])\n{attack}", folder);

        if (attack == ClosedFolder) (await Command.RunAsync("/usr/bin/setpriv", [.. NormalUser.Setpriv, "/bin/rm", "-r", folder], "/")).ExitCode.ShouldNotBe(0);
        else Should.Throw<Exception>(() => Directory.Delete(folder, recursive: true));

        (await Command.RunAsync("/bin/rm", ["-rf", folder], "/")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Whatever_is_left_is_removed()
    {
        using var project = Attack();
        await ShouldLeaveNothingAsync(project, await project.RunAsync());
    }

    [Fact]
    public async Task Whatever_is_left_is_removed_by_a_normal_user_too()
    {
        Repository.RequireRoot();
        using var project = Attack();
        await NormalUser.OwnAsync(project.Folder);
        await ShouldLeaveNothingAsync(project, await NormalUser.FlexCoreAsync(project, "run", "pipeline.yaml"));
    }

    [Fact]
    public async Task Links_that_are_left_are_removed_and_not_what_they_point_at()
    {
        using var victim = new TestProject().Write("folder/file", "precious");
        using var project = new TestProject();
        project.Task($"""
            import os
            os.chdir(os.environ['FLEXCORE_WORK'])
            os.symlink('{victim.Folder}', 'folder')
            os.symlink('{victim.PathOf("folder/file")}', 'file')
            os.symlink('{project.PathOf(".flexcore")}', 'data')
            os.symlink('..', 'up')
            """);

        await ShouldLeaveNothingAsync(project, await project.RunAsync());

        File.ReadAllText(victim.PathOf("folder/file")).ShouldBe("precious");
        (await project.EventTypesAsync()).ShouldContain("PipelineCompleted");
    }

    private static TestProject Attack() =>
        new TestProject().Task($"import os\nos.chdir(os.environ['FLEXCORE_WORK'])\n{NameThatIsNoText}\n{ClosedFolder}\n{Rest}\n{DeepTree}");

    private static async Task AsUserAsync(params string[] command) =>
        (await Command.RunAsync("/usr/bin/setpriv", [.. NormalUser.Setpriv, .. command], "/")).ShouldExitWith(0);

    private static async Task ShouldLeaveNothingAsync(TestProject project, CommandResult run)
    {
        run.ShouldExitWith(0).Error.ShouldNotContain("warning");
        (await Command.RunAsync("/bin/ls", ["-A", project.PathOf(".flexcore/work")], "/")).ShouldExitWith(0).Output.ShouldBeEmpty();
    }
}
