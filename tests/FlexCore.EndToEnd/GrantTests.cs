namespace FlexCore.EndToEnd;

/// <summary>Grants to registered plugins, as an operator gives and takes them.</summary>
public sealed class GrantTests
{
    private const string Asks = "capabilities: { read: [\"${input.path}\"], env: [TZ] }";
    private const string Step = "{ plugin: job, input: { path: ./in.csv } }";
    private const string Reader = "import json, sys\nprint(open(json.load(sys.stdin)['input']['path']).read())\n";

    [Fact]
    public async Task Registered_plugin_runs_once_it_was_granted_what_the_refusal_said_to_paste()
    {
        using var project = await RegisterAsync();

        var refused = (await project.RunAsync()).ShouldExitWith(2);
        refused.Error.ShouldContain($"error[FX1030]: pipeline.yaml:4:21: plugin job asks for what nobody has granted: read {project.PathOf("in.csv")}, env TZ");
        var command = refused.Error.Split('\n').Single(line => line.Contains("flexcore plugin grant", StringComparison.Ordinal)).Trim();
        (await project.EventsAsync("--stream", "plugin-job"))[^1].GetProperty("data").GetRawText().ShouldContain($"read {project.PathOf("in.csv")}");

        (await PasteAsync(project, command)).ShouldExitWith(0);
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(0).Output.ShouldContain($"job gets read {project.PathOf("in.csv")}, env TZ");
        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("job: secret-free content");
        (await project.EventTypesAsync("--stream", "plugin-job")).ShouldBe(["PluginRegistered", "PluginRefused", "PluginCapabilityGranted", "PluginCapabilityGranted"]);
    }

    [Fact]
    public async Task Revoked_capability_is_refused_from_the_next_run_on_and_who_did_it_is_shown()
    {
        using var project = await RegisterAsync();
        (await project.FlexCoreAsync("plugin", "grant", "job", "--all")).ShouldExitWith(0).Output.ShouldContain("granted read ${input.path}, env TZ");
        (await project.RunAsync()).ShouldExitWith(0);

        (await project.FlexCoreAsync("plugin", "revoke", "job", "--env", "TZ")).ShouldExitWith(0).Output.ShouldBe("job: revoked env TZ; it has now, wherever it is used: read ${input.path}\n");

        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("plugin job asks for what nobody has granted: env TZ");
        var shown = (await project.FlexCoreAsync("plugin", "show", "job", "--json")).ShouldExitWith(0).Json;
        shown.GetProperty("standing").GetProperty("read")[0].GetString().ShouldBe("${input.path}");
        shown.GetProperty("waiting").GetProperty("env")[0].GetString().ShouldBe("TZ");
        shown.GetProperty("decisions").EnumerateArray().Select(decision => $"{decision.GetProperty("actor").GetString()}: {decision.GetProperty("decision").GetString()}")
            .ShouldBe([$"{Environment.UserName}: registered version 1.0.0", $"{Environment.UserName}: granted read ${{input.path}}, env TZ", $"{Environment.UserName}: revoked env TZ"]);
    }

    [Fact]
    public async Task New_version_that_asks_for_more_waits_and_keeps_what_it_had()
    {
        using var project = await RegisterAsync();
        (await project.FlexCoreAsync("plugin", "grant", "job", "--all")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);

        project.Plugin("job", "task", Reader, "capabilities: { read: [\"${input.path}\", /etc/hostname], env: [TZ] }");
        (await project.FlexCoreAsync("plugin", "add", "plugins/job")).ShouldExitWith(0).Output.ShouldContain("  waits for read /etc/hostname\n");
        Directory.Delete(project.PathOf("plugins"), recursive: true);

        var refused = (await project.RunAsync()).ShouldExitWith(2);
        refused.Error.ShouldContain("plugin job asks for what nobody has granted: read /etc/hostname\n");
        refused.Error.ShouldContain("flexcore plugin grant job --read /etc/hostname");
        (await project.FlexCoreAsync("plugin", "grant", "job", "--read", "/etc/hostname")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Path_granted_for_a_reference_is_as_far_as_settings_can_lead()
    {
        using var project = await RegisterAsync();
        project.Write("other/secret.csv", "not this").Write("data/in.csv", "this");
        (await project.FlexCoreAsync("plugin", "grant", "job", "--read", "data", "--env", "TZ")).ShouldExitWith(0);

        project.Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job, input: { path: ./data/in.csv } }\n");
        (await project.RunAsync()).ShouldExitWith(0);
        project.Write("pipeline.yaml", "name: p\nsteps:\n  - id: job\n    task: { plugin: job, input: { path: ./data/../other/secret.csv } }\n");
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain($"nobody has granted: read {project.PathOf("other/secret.csv")}");
    }

    [Fact]
    public async Task Plugin_of_the_project_gets_nothing_that_was_granted_to_the_registered_one_of_its_name()
    {
        using var project = await RegisterAsync();
        (await project.FlexCoreAsync("plugin", "grant", "job", "--all")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);

        project.Plugin("job", "task", Reader, Asks);

        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1030]");
    }

    [Fact]
    public async Task File_and_standing_grants_add_up_and_a_step_narrows_both()
    {
        using var project = await RegisterAsync();
        (await project.FlexCoreAsync("plugin", "grant", "job", "--env", "TZ")).ShouldExitWith(0);
        project.Write("pipeline.yaml", "name: p\ngrants: { job: { read: [.] } }\nsteps:\n  - id: job\n    task: { plugin: job, input: { path: ./in.csv }, grants: { read: [./in.csv] } }\n");

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain($"job: job gets read {project.PathOf("in.csv")}\n");
    }

    [Theory]
    [InlineData("grant job", 2, "error[FX1001]: say either --all, or which capabilities")]
    [InlineData("grant job --all --env TZ", 2, "error[FX1001]")]
    [InlineData("grant job --env TOKEN", 2, "error[FX1035]: plugin job 1.0.0 does not ask for env TOKEN")]
    [InlineData("grant job --read /proc", 2, "error[FX1031]: '/proc' cannot be granted to a plugin")]
    [InlineData("grant job --net nonsense", 2, "error[FX1001]: --net nonsense: it ")]
    [InlineData("grant nobody --all", 2, "error[FX1050]: no plugin 'nobody'")]
    [InlineData("revoke job --env TZ", 2, "error[FX1036]: env TZ is not granted")]
    [InlineData("revoke nobody --all", 2, "error[FX1050]: no plugin 'nobody'")]
    [InlineData("audit nobody", 2, "error[FX1050]: there is no plugin 'nobody'")]
    public async Task What_cannot_be_granted_or_revoked_is_refused_and_changes_nothing(string command, int exitCode, string error)
    {
        using var project = await RegisterAsync();

        (await project.FlexCoreAsync(["plugin", .. command.Split(' ')])).ShouldExitWith(exitCode).Error.ShouldContain(error);

        (await project.EventTypesAsync("--stream", "plugin-job")).ShouldBe(["PluginRegistered"]);
    }

    /// <summary>The lines of the reference, on what the runtime has printed.</summary>
    [Fact]
    public async Task Hash_of_a_grant_can_be_computed_again_from_its_event()
    {
        using var project = new TestProject().Write("in é\u001b.csv", "1").Task("pass", Asks + "\nlimits: { cpu: 0.5, time: 1h, stdout: 1GiB }", "{ plugin: job, input: { path: \"./in é\\e.csv\" } }");
        var run = (await project.RunAsync("--grant", "all", "--json")).ShouldExitWith(0).Json;
        var hash = run.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("grant_hash").GetString();
        var position = (await project.EventsAsync("--type", "PluginExecutionStarted")).ShouldHaveSingleItem().GetProperty("position").GetInt64();
        var shown = (await project.FlexCoreAsync("events", "show", $"{position}", "--json")).ShouldExitWith(0);
        var script = File.ReadAllText(Repository.PathOf("docs", "reference", "grants.md")).Split("```python\n")[1].Split("```")[0];

        var computed = await Command.RunAsync("/usr/bin/python3", ["-c", script], project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal), shown.Output);

        computed.ShouldExitWith(0).Output.Trim().ShouldBe(hash);
        shown.Json.GetProperty("data").GetProperty("grant_hash").GetString().ShouldBe(hash);
        shown.Json.GetProperty("data").GetProperty("resource_limits").GetProperty("cpus").GetDouble().ShouldBe(0.5);
    }

    [Fact]
    public async Task Audit_tells_what_each_plugin_is_exposed_to_the_most_exposed_first()
    {
        using var project = await RegisterAsync();
        (await project.FlexCoreAsync("plugin", "grant", "job", "--all")).ShouldExitWith(0);
        project.Plugin("quiet", "task", "pass", "limits: { cpu: 1, time: 1h, disk: 1GiB, stdout: 1GiB }");

        var lines = (await project.FlexCoreAsync("plugin", "audit")).ShouldExitWith(0).Output.Split('\n');

        lines[0].ShouldBe("job 1.0.0, registered: 3.0 ok");
        lines[1].ShouldBe("   2.0  read ${input.path}  whatever path a pipeline's settings name");
        lines.ShouldContain("quiet 1.0.0, in the project: 0.5 safe");
        var document = (await project.FlexCoreAsync("plugin", "audit", "job", "--json")).ShouldExitWith(0).Json.EnumerateArray().ShouldHaveSingleItem();
        (document.GetProperty("score").GetDecimal(), document.GetProperty("word").GetString()).ShouldBe((3.0m, "ok"));
        document.GetProperty("exposures").EnumerateArray().Sum(exposure => exposure.GetProperty("points").GetDecimal()).ShouldBe(3.0m);
    }

    /// <summary>A project whose one plugin is registered, and lies nowhere else.</summary>
    private static async Task<TestProject> RegisterAsync()
    {
        var project = new TestProject().Write("in.csv", "secret-free content").Task(Reader, Asks, Step);
        (await project.FlexCoreAsync("plugin", "add", "plugins/job")).ShouldExitWith(0);
        Directory.Delete(project.PathOf("plugins"), recursive: true);
        return project;
    }

    private static Task<CommandResult> PasteAsync(TestProject project, string line) =>
        Command.RunAsync("/bin/bash", ["-c", line.Replace("flexcore ", $"{Repository.Launcher} ", StringComparison.Ordinal)], project.Folder, new Dictionary<string, string?>(StringComparer.Ordinal));
}
