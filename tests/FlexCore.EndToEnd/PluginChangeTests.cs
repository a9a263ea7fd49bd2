using FlexCore.EndToEnd.Server;

namespace FlexCore.EndToEnd;

/// <summary>Plugins are checked, registered, upgraded, disabled and removed: here, and the same at a server.</summary>
public sealed class PluginChangeTests
{
    [Fact]
    public async Task Plugin_is_disabled_enabled_upgraded_and_removed_and_runs_say_so()
    {
        using var project = new TestProject().Task("print('one')");
        (await project.FlexCoreAsync("plugin", "add", "plugins/job")).ShouldExitWith(0);
        project.Write("new/job/plugin.py", "print('two')").Write("new/job/plugin.yaml", File.ReadAllText(project.PathOf("plugins/job/plugin.yaml")).Replace("version: 1.0.0", "version: 2.0.0", StringComparison.Ordinal));
        Directory.Delete(project.PathOf("plugins"), recursive: true);
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.FlexCoreAsync("plugin", "disable", "job", "--reason", "it leaks")).ShouldExitWith(0).Output.ShouldBe("no run begins with job from now on; what runs goes on\n");
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX2025]: plugin job is disabled: it leaks");
        (await project.FlexCoreAsync("plugin", "list")).ShouldExitWith(0).Output.ShouldMatch("job +1.0.0 +disabled ");
        (await project.FlexCoreAsync("plugin", "show", "job")).ShouldExitWith(0).Output.ShouldContain(" disabled it: it leaks");
        (await project.FlexCoreAsync("plugin", "enable", "job")).ShouldExitWith(0);

        (await project.FlexCoreAsync("plugin", "upgrade", "job", "new/job")).ShouldExitWith(0).Output.ShouldStartWith("registered job 2.0.0 ");
        (await project.FlexCoreAsync("plugin", "upgrade", "job", "new/job")).ShouldExitWith(2).Error.ShouldContain("error[FX1060]: plugin job 2.0.0 is registered with the very same files");
        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("two");

        (await project.FlexCoreAsync("plugin", "remove", "job")).ShouldExitWith(0).Output.ShouldBe("job is not registered any more\n");
        Directory.Exists(project.PathOf(".flexcore/plugins/job")).ShouldBeFalse();
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1020]");
        (await project.FlexCoreAsync("plugin", "list")).ShouldExitWith(0).Output.ShouldMatch("job +- +enabled ");
        (await project.EventTypesAsync("--category", "plugin")).Where(type => type != "PluginCapabilityGranted").ShouldBe(["PluginRegistered", "PluginDisabled", "PluginRefused", "PluginEnabled", "PluginRegistered", "PluginRemoved"]);
    }

    [Fact]
    public async Task Check_says_everything_that_is_wrong_with_a_plugin_and_leaves_nothing_behind()
    {
        using var project = new TestProject().Task("print('one')").Write("bad/plugin.yaml", "name: Bad\nversion: 1.0.0\nkind: spoon\nprotocol: task\ncommand: [nothing-here]\n");

        (await project.FlexCoreAsync("plugin", "check", "plugins/job")).ShouldExitWith(0).Output.ShouldStartWith("job 1.0.0, a task: nothing is wrong with it\n");
        (await project.FlexCoreAsync("plugin", "check", "plugins/job", "--json")).ShouldExitWith(0).Json.GetProperty("kind").GetString().ShouldBe("task");
        var wrong = (await project.FlexCoreAsync("plugin", "check", "bad")).ShouldExitWith(2).Error;
        foreach (var said in (string[])["bad/plugin.yaml:1:", "bad/plugin.yaml:3:", "nothing-here"]) wrong.ShouldContain(said);
        Directory.Exists(project.PathOf(".flexcore")).ShouldBeFalse();
    }

    [Fact]
    public async Task Administrators_do_the_same_at_a_server()
    {
        var server = new ServedProject(new TestProject().Task("print('one')"));
        await server.InitializeAsync();
        try
        {
            var project = server.Project;
            (await AskAsync("admin", "plugin", "add", "plugins/job")).ShouldExitWith(0);
            (await AskAsync("operator", "plugin", "disable", "job")).ShouldExitWith(2).Error.ShouldContain("error[FX6001]");
            (await AskAsync("admin", "plugin", "disable", "job", "--reason", "it leaks", "--json")).ShouldExitWith(0).Json.GetProperty("disabled").GetBoolean().ShouldBeTrue();
            var refused = await server.RunAsync("p", end: "failed");
            (await server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{refused}")).Json.GetProperty("reason").GetString()!.ShouldContain("plugin job is disabled: it leaks");
            (await AskAsync("admin", "plugin", "enable", "job")).ShouldExitWith(0);
            await server.RunAsync("p");

            project.Write("new/job/plugin.py", "print('two')").Write("new/job/plugin.yaml", File.ReadAllText(project.PathOf("plugins/job/plugin.yaml")).Replace("version: 1.0.0", "version: 2.0.0", StringComparison.Ordinal) + "install: { run: [touch made], net: [\"localhost:9\"] }\n");
            (await AskAsync("admin", "plugin", "upgrade", "job", "new/job")).ShouldExitWith(2).Error.ShouldContain("--net localhost:9");
            (await AskAsync("operator", "plugin", "upgrade", "job", "new/job", "--net", "localhost:9")).ShouldExitWith(2).Error.ShouldContain("error[FX6001]");
            File.Exists(project.PathOf(".flexcore/plugins/job/made")).ShouldBeFalse();
            (await AskAsync("admin", "plugin", "upgrade", "job", "new/job", "--net", "localhost:9")).ShouldExitWith(0).Output.ShouldStartWith("registered job 2.0.0 ");
            File.Exists(project.PathOf(".flexcore/plugins/job/made")).ShouldBeTrue();
            (await AskAsync("admin", "plugin", "upgrade", "other", "new/job")).ShouldExitWith(2).Error.ShouldContain("this is plugin job, and not a version of other");
            (await AskAsync("admin", "plugin", "remove", "job")).ShouldExitWith(0).Output.ShouldBe("job is not registered any more\n");
            Directory.Exists(project.PathOf(".flexcore/plugins/job")).ShouldBeFalse();
        }
        finally
        {
            await server.DisposeAsync();
        }

        Task<CommandResult> AskAsync(string role, params string[] command) => Command.RunAsync(
            Repository.Launcher, [.. command, "--server", server.Client.BaseAddress!.ToString()], server.Project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal) { ["FLEXCORE_TOKEN"] = server.TokenOf(role) });
    }
}
