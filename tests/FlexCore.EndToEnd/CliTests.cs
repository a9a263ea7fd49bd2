using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>The command line, as people and scripts use it.</summary>
public sealed class CliTests
{
    [Theory]
    [InlineData("--help", "flexcore [command]")]
    [InlineData("run --help", "Example: flexcore run")]
    [InlineData("runs list --help", "Example: flexcore runs list")]
    [InlineData("plugin add --help", "Example: flexcore plugin add")]
    [InlineData("doctor --help", "Example: flexcore doctor")]
    [InlineData("--version", "0.1.0")]
    public async Task Help_has_an_example_for_each_command(string arguments, string expected)
    {
        using var place = new TestProject();
        (await place.FlexCoreAsync(arguments.Split(' '))).ShouldExitWith(0).Output.ShouldContain(expected);
    }

    [Fact]
    public async Task Every_read_command_prints_one_JSON_document_and_nothing_else()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        string[] commands =
        [
            "runs list", "runs totals", "runs show latest", "runs logs latest", "events list", "events show 1", "state get p", "state history p load", "pipeline list", "plugin list", "plugin show tap", "doctor", "db status", "validate pipeline.yaml",
        ];
        foreach (var command in commands)
        {
            var result = (await project.FlexCoreAsync([.. command.Split(' '), "--json"])).ShouldExitWith(0);
            Should.NotThrow(() => JsonDocument.Parse(result.Output), command);
            result.Error.ShouldBeEmpty(command);
        }
    }

    [Fact]
    public async Task Run_prints_plain_lines_when_piped_and_the_summary_on_standard_output()
    {
        using var project = new TestProject().Sync();
        var result = (await project.RunAsync()).ShouldExitWith(0);
        result.Output.ShouldMatch(@"^run [0-9a-f-]{36} of p: succeeded in .*\n  load: succeeded  3 records of s, .*\n$");
        result.Error.ShouldContain("load: target gets write");
        (result.Output + result.Error).ShouldNotContain("\u001b");
        var quiet = (await project.RunAsync("--quiet")).ShouldExitWith(0);
        (quiet.Output + quiet.Error).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_on_a_terminal_shows_live_progress_and_obeys_NO_COLOR()
    {
        const string Slow = TestProject.SmallTap + "\nimport sys, time; sys.stdout.flush(); time.sleep(1.2)";
        using var project = new TestProject().Sync(Slow);
        var terminal = (await Command.RunAsync("/usr/bin/script", ["-qec", $"{Repository.Launcher} run pipeline.yaml", "/dev/null"], project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal) { ["TERM"] = "xterm-256color" })).ShouldExitWith(0);
        terminal.Output.ShouldContain("3 records");
        terminal.Output.ShouldContain("CPU");
        terminal.Output.ShouldContain("\u001b[");

        var plain = (await Command.RunAsync("/usr/bin/script", ["-qec", $"{Repository.Launcher} run pipeline.yaml", "/dev/null"], project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal) { ["TERM"] = "xterm-256color", ["NO_COLOR"] = "1" })).ShouldExitWith(0);
        plain.Output.ShouldNotMatch("\u001b\\[[0-9;]*3[0-9]m");
    }

    [Fact]
    public async Task Data_directory_can_be_elsewhere_by_option_or_by_variable()
    {
        using var project = new TestProject().Write("pipeline.yaml", "name: p\nsteps:\n  - { id: a, noop: {} }\n");
        (await project.RunAsync("--data", "elsewhere")).ShouldExitWith(0);
        File.Exists(project.PathOf("elsewhere/flexcore.db")).ShouldBeTrue();
        (await Command.RunAsync(Repository.Launcher, ["run", "pipeline.yaml"], project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal) { ["FLEXCORE__DATA"] = project.PathOf("third") })).ShouldExitWith(0);
        File.Exists(project.PathOf("third/flexcore.db")).ShouldBeTrue();
        Directory.Exists(project.PathOf(".flexcore")).ShouldBeFalse();
    }

    [Fact]
    public async Task Data_directory_is_closed_to_other_users()
    {
        using var project = new TestProject().Write("pipeline.yaml", "name: p\nsteps:\n  - { id: a, noop: {} }\n");
        (await project.RunAsync()).ShouldExitWith(0);
        File.GetUnixFileMode(project.PathOf(".flexcore")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task Registered_plugin_is_found_by_name_and_later_edits_of_its_folder_do_not_reach_it()
    {
        using var project = new TestProject().Sync();
        Directory.Move(project.PathOf("plugins/tap"), project.PathOf("mine"));
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1020]");
        (await project.FlexCoreAsync("plugin", "add", "mine")).ShouldExitWith(0).Output.ShouldContain("registered tap 1.0.0");
        project.Write("mine/plugin.py", "import sys; sys.exit(1)");
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.EventTypesAsync("--stream", "plugin-tap")).ShouldBe(["PluginRegistered", "PluginCapabilityGranted"]);
    }

    [Fact]
    public async Task Registered_plugin_whose_copy_was_changed_is_refused_until_it_is_registered_again()
    {
        using var project = new TestProject().Sync();
        (await project.FlexCoreAsync("plugin", "add", "plugins/tap")).ShouldExitWith(0);
        Directory.Move(project.PathOf("plugins/tap"), project.PathOf("mine"));
        (await project.RunAsync()).ShouldExitWith(0);
        project.Write(".flexcore/plugins/tap/plugin.py", TestProject.SmallTap + "\n# and more");

        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX2021]: plugin tap: the files in ");
        (await project.EventTypesAsync("--stream", "plugin-tap")).ShouldBe(["PluginRegistered", "PluginCapabilityGranted", "PluginRefused"]);

        (await project.FlexCoreAsync("plugin", "add", "mine")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Variables_are_set_on_the_command_line_and_reach_arguments_and_input()
    {
        using var project = new TestProject().Task("import json, os, sys\njson.dump({'args': sys.argv[1:], 'stdin': json.load(sys.stdin)}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))", step: "{ plugin: job, args: [\"--region\", \"${vars.region}\"], input: { n: \"${vars.n}\", text: \"n=${vars.n}\" } }");
        File.AppendAllText(project.PipelineFile, "vars: { region: eu, n: 1 }\n");
        (await project.RunAsync("--set", "region=us", "--set", "n=42")).ShouldExitWith(0);
        var output = (await project.EventsAsync("--type", "StepSucceeded"))[0].GetProperty("data").GetProperty("output");
        output.GetProperty("args").EnumerateArray().Select(item => item.GetString()).ShouldBe(["--region", "us"]);
        var stdin = output.GetProperty("stdin");
        stdin.GetProperty("input").GetProperty("n").GetInt32().ShouldBe(42);
        stdin.GetProperty("input").GetProperty("text").GetString().ShouldBe("n=42");
        stdin.GetProperty("vars").GetProperty("region").GetString().ShouldBe("us");
        stdin.GetProperty("attempt").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Step_that_needs_a_failed_step_is_skipped_and_an_independent_one_still_runs()
    {
        using var project = new TestProject().Plugin("bad", "task", "import sys; sys.exit(3)")
            .Write("pipeline.yaml", "name: p\nsteps:\n  - { id: a, task: { plugin: bad } }\n  - { id: b, needs: [a], noop: {} }\n  - { id: c, noop: {} }\n");
        var run = (await project.RunAsync("--json")).ShouldExitWith(1).Json;
        run.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("status").GetString()).ShouldBe(["failed", "skipped", "succeeded"]);
        (await project.FlexCoreAsync("runs", "show", "latest")).ShouldExitWith(0).Output.ShouldContain("  bad: exit-code, exit code 3, ");
    }

    [Fact]
    public async Task Two_files_with_one_name_share_state_with_a_warning()
    {
        using var project = new TestProject().Sync();
        (await project.RunAsync()).ShouldExitWith(0);
        File.Copy(project.PipelineFile, project.PathOf("copy.yaml"));
        (await project.FlexCoreAsync("run", "copy.yaml")).ShouldExitWith(0).Error.ShouldContain("both files share its state");
        (await project.EventTypesAsync("--stream", "pipeline-p")).ShouldBe(["PipelineCreated", "PipelineRevised"]);
    }
}
