namespace FlexCore.EndToEnd;

/// <summary>Bad input is one clear error with its place and a remedy, exit code 2, and nothing is started.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("name: p\nsteps: [", "FX1004", "pipeline.yaml:")]
    [InlineData("", "FX1004", "is empty")]
    [InlineData("just text", "FX1004", "must hold a mapping")]
    [InlineData("name: p\nstepz: []\nsteps:\n  - { id: a, noop: {} }", "FX1010", "pipeline.yaml:2:1: 'stepz' is not a known key here")]
    [InlineData("name: p\nsteps:\n  - id: a\n    noop: {}\n    http: { url: x }", "FX1012", "pipeline.yaml:3:5: a step is exactly one of: sync, task, pipeline, http, json, sql, noop")]
    [InlineData("name: p\nschedule: { cron: '* * * *' }\nsteps:\n  - { id: a, noop: {} }", "FX1012", "pipeline.yaml:2:")]
    [InlineData("name: p\nsteps:\n  - { id: a, needs: [b], noop: {} }\n  - { id: b, needs: [a], noop: {} }", "FX1017", "a → b → a")]
    [InlineData("name: p\nsteps:\n  - { id: a, needs: [zz], noop: {} }", "FX1016", "there is no step 'zz'")]
    [InlineData("name: p\nsteps:\n  - { id: a, noop: {} }\n  - { id: a, noop: {} }", "FX1013", "'a' is there twice")]
    [InlineData("name: p\nname: q\nsteps:\n  - { id: a, noop: {} }", "FX1013", "'name' is there twice")]
    [InlineData("name: ../evil\nsteps:\n  - { id: a, noop: {} }", "FX1014", "'../evil' is not a valid name")]
    [InlineData("name: p\nsteps:\n  - { id: a, task: { plugin: ../../evil } }", "FX1014", "no '..' in it")]
    [InlineData("name: p\nsteps:\n  - { id: a, task: { plugin: nobody } }", "FX1020", "there is no plugin 'nobody'")]
    [InlineData("name: p\nsteps:\n  - { id: a, task: { plugin: job, args: ['${vars.x}'] } }", "FX1015", "${vars.x} names nothing")]
    [InlineData("name: p\nsteps:\n  - { id: a, task: { plugin: job, args: ['${secret.x}'] } }", "FX1018", "'${secret.x}' cannot stand here")]
    [InlineData("name: p\nsteps:\n  - { id: a, sync: { from: { plugin: job }, to: { plugin: job } } }", "FX1021", "job is a task; a tap is needed here")]
    [InlineData("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nname: [*e,*e]", "FX1005", "aliases expanded")]
    [InlineData("name: !!python/object:os.system p", "FX1004", "tags are not supported")]
    public async Task Pipeline_that_is_wrong_is_refused_with_its_place(string yaml, string code, string message)
    {
        using var project = new TestProject().Plugin("job", "task", "pass").Write("pipeline.yaml", yaml);
        var result = (await project.RunAsync()).ShouldExitWith(2);
        result.Error.ShouldContain($"error[{code}]");
        result.Error.ShouldContain(message);
        result.Error.ShouldContain("  → ");
        result.Output.ShouldBeEmpty();
        await ShouldHaveStartedNothing(project);
    }

    [Theory]
    [InlineData("command: [./missing]", "FX1022", "does not exist")]
    [InlineData("command: [./plugin.py]", "FX1022", "is not executable")]
    [InlineData("command: [no-such-program]", "FX1022", "not found on the sandbox's PATH")]
    [InlineData("command: [python3]\ncapabilities: { net: ['*.example.com:443'] }", "FX1012", "'net': '*.example.com:443' has a wildcard")]
    [InlineData("command: [python3]\nlimits: { cpu: all }", "FX1012", "a number of CPUs such as 0.5 or 2")]
    [InlineData("command: [python3]\ninstall: { net: [\"a:1\"] }", "FX1011", "'run'")]
    [InlineData("command: [python3]\nlimits: { memory: lots }", "FX1012", "a size such as 512MiB")]
    [InlineData("command: [python3]\ncolour: red", "FX1010", "'colour'")]
    public async Task Manifest_that_is_wrong_is_refused_with_its_place(string manifest, string code, string message)
    {
        using var project = new TestProject().Task("pass");
        project.Write("plugins/job/plugin.yaml", $"name: job\nversion: 1.0.0\nkind: task\nprotocol: task\n{manifest}\n");
        var result = (await project.RunAsync()).ShouldExitWith(2);
        result.Error.ShouldContain($"error[{code}]: plugins/job/plugin.yaml:");
        result.Error.ShouldContain(message);
        await ShouldHaveStartedNothing(project);
    }

    [Fact]
    public async Task All_errors_come_at_once()
    {
        using var project = new TestProject().Write("pipeline.yaml", "name: P\nsteps:\n  - { id: a, task: { plugin: nobody }, http: {} }\n  - { id: b, needs: [c], noop: {} }\nextra: 1\n");
        var result = (await project.FlexCoreAsync("validate", "pipeline.yaml", "--json")).ShouldExitWith(2);
        var problem = System.Text.Json.JsonDocument.Parse(result.Error).RootElement;
        problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("code").GetString()).ShouldBe(["FX1014", "FX1012", "FX1020", "FX1016", "FX1010"]);
        problem.GetProperty("errors").EnumerateArray().ShouldAllBe(error => error.GetProperty("line").GetInt32() > 0);
        result.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Missing_grant_prints_the_block_to_paste_and_the_block_works()
    {
        using var project = new TestProject().Sync();
        var withGrant = File.ReadAllText(project.PipelineFile);
        project.Write("pipeline.yaml", withGrant.Replace("grants: { target: { write: [./out] } }\n", "", StringComparison.Ordinal));
        var refused = (await project.RunAsync()).ShouldExitWith(2);
        refused.Error.ShouldContain("error[FX1030]");
        refused.Error.ShouldContain("plugin target asks for what nobody has granted: write " + project.PathOf("out"));
        await ShouldHaveStartedNothing(project);

        var block = refused.Error.Split('\n').SkipWhile(line => line.Trim() != "grants:").Select(line => line.Length > 4 ? line[4..] : line).TakeWhile(line => line.Length > 0);
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + "\n" + string.Join('\n', block) + "\n");
        (await project.RunAsync()).ShouldExitWith(0);
    }

    [Fact]
    public async Task Grant_all_holds_for_one_run_and_is_on_record_as_such()
    {
        using var project = new TestProject().Sync();
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("grants: { target: { write: [./out] } }\n", "", StringComparison.Ordinal));
        var result = (await project.RunAsync("--grant", "all")).ShouldExitWith(0);
        result.Error.ShouldContain($"load: target gets write {project.PathOf("out")}");
        var granted = await project.EventsAsync("--type", "PluginCapabilityGranted");
        granted.ShouldAllBe(item => item.GetProperty("data").GetProperty("source").GetString() == "command-line");
        (await project.RunAsync()).ShouldExitWith(2);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/proc")]
    [InlineData("/sys/kernel")]
    [InlineData("/run/flexcore/x")]
    public async Task Kernel_file_systems_and_the_whole_machine_are_never_granted(string path)
    {
        using var project = new TestProject().Sync();
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("./out", path, StringComparison.Ordinal));
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1031]");
    }

    [Fact]
    public async Task File_that_is_no_text_or_too_large_is_refused()
    {
        using var project = new TestProject();
        File.WriteAllBytes(project.PipelineFile, [0xFF, 0xFE, 0x00]);
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("is not UTF-8");
        File.WriteAllText(project.PipelineFile, "name: p\nsteps:\n  - { id: a, noop: {} }\n# " + new string('x', 2_000_000));
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1003]");
        File.WriteAllText(project.PipelineFile, "name: p\nsteps: " + new string('[', 10_000));
        (await project.RunAsync()).ShouldExitWith(2).Error.ShouldContain("error[FX1005]");
    }

    [Theory]
    [InlineData("FX1001", "run")]
    [InlineData("FX1001", "frobnicate")]
    [InlineData("FX1001", "run", "pipeline.yaml", "--frobnicate")]
    [InlineData("FX1001", "run", "pipeline.yaml", "--set", "novalue")]
    [InlineData("FX1001", "run", "pipeline.yaml", "--grant", "some")]
    [InlineData("FX1015", "run", "pipeline.yaml", "--set", "unknown=1")]
    [InlineData("FX1050", "run", "pipeline.yaml", "--env", "prod")]
    [InlineData("FX1014", "run", "pipeline.yaml", "--env", "../prod")]
    [InlineData("FX1001", "runs", "list", "--limit", "-5")]
    [InlineData("FX1001", "init", "")]
    [InlineData("FX1002", "run", "missing.yaml")]
    [InlineData("FX1002", "validate", "missing.yaml")]
    [InlineData("FX1050", "runs", "list", "--data", "nowhere")]
    public async Task Command_line_that_is_wrong_exits_2_with_a_code(string code, params string[] arguments)
    {
        using var project = new TestProject().Write("pipeline.yaml", "name: p\nsteps:\n  - { id: a, noop: {} }\n");
        var result = (await project.FlexCoreAsync(arguments)).ShouldExitWith(2);
        result.Error.ShouldContain($"error[{code}]");
        result.Error.ShouldNotContain("   at ");
    }

    private static async Task ShouldHaveStartedNothing(TestProject project)
    {
        if (!Directory.Exists(project.PathOf(".flexcore"))) return;
        (await project.EventTypesAsync()).ShouldNotContain(type => type.StartsWith("PipelineStarted", StringComparison.Ordinal) || type.StartsWith("PluginExecution", StringComparison.Ordinal));
    }
}
