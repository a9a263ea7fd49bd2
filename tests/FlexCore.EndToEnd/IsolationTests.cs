using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Machines where bubblewrap does not work: nothing less is had by accident, and what is accepted is on record.</summary>
public sealed class IsolationTests
{
    private const string AcceptsProcess = "isolation: { accept: [process] }\n";
    private const string ReadsItsSecret = "import json, os\njson.dump({'key': open(os.environ['FLEXCORE_SECRETS'] + '/api_key').read()[::-1], 'home': os.environ['HOME']}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))";

    [Fact]
    public async Task Without_a_sandbox_nothing_is_started_and_the_operator_is_told_what_is_possible()
    {
        using var project = await OwnedAsync(new TestProject().Sync());

        var result = (await RunAsync(project, "run", "pipeline.yaml")).ShouldExitWith(3);

        result.Error.ShouldContain("error[FX2010]");
        result.Error.ShouldContain("isolation: { accept: [process] }");
        Directory.Exists(project.PathOf("out")).ShouldBeFalse();
    }

    [Fact]
    public async Task Accepted_level_process_runs_a_sync_and_every_event_says_what_was_missing()
    {
        using var project = await OwnedAsync(new TestProject().Sync().Write("flexcore.yaml", AcceptsProcess));

        var run = (await RunAsync(project, "run", "pipeline.yaml", "--json")).ShouldExitWith(0).Json;

        project.Received.ShouldContain("RECORD");
        run.GetProperty("degraded").GetBoolean().ShouldBeTrue();
        run.GetProperty("steps")[0].GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("isolation").GetString()).ShouldBe(["process", "process"]);
        await ShouldSayDegradedAsync(project, run.GetProperty("run_id").GetString()!, 10);
        var show = (await RunAsync(project, "runs", "show", "latest")).ShouldExitWith(0).Output;
        show.ShouldContain("isolation process");
        show.ShouldContain("warning: isolation was degraded: plugins ran at level process, without user namespace");
        var again = (await RunAsync(project, "run", "pipeline.yaml")).ShouldExitWith(0);
        again.Error.ShouldContain("warning: isolation is degraded");
        again.Output.ShouldContain("warning: isolation was degraded");
    }

    [Fact]
    public async Task Plugin_at_level_process_finds_its_secret_and_nothing_of_it_stays()
    {
        using var project = await OwnedAsync(new TestProject().Task(ReadsItsSecret, "capabilities: { secrets: [api_key] }").Write("flexcore.yaml", AcceptsProcess));
        File.AppendAllText(project.PipelineFile, "grants: { job: { secrets: [api_key] } }\n");
        (await WithoutBubblewrap.FlexCoreAsync(project, ["secrets", "set", "api_key"], "value-of-the-key")).ShouldExitWith(0);

        (await RunAsync(project, "run", "pipeline.yaml")).ShouldExitWith(0);

        var output = (await EventsAsync(project, "StepSucceeded"))[0].GetProperty("data").GetProperty("output");
        output.GetProperty("key").GetString().ShouldBe("yek-eht-fo-eulav");
        Directory.Exists(Path.GetDirectoryName(output.GetProperty("home").GetString())).ShouldBeFalse();
        (await EventsAsync(project, "SecretMounted"))[0].GetProperty("data").GetProperty("place").GetString().ShouldEndWith("/run/secrets/api_key");
    }

    [Fact]
    public async Task Folder_around_the_data_directory_is_not_granted_where_the_data_could_not_be_hidden()
    {
        using var project = await OwnedAsync(new TestProject().Task("pass", "capabilities: { read: [\"${input.path}\"] }", "{ plugin: job, input: { path: . } }").Write("flexcore.yaml", AcceptsProcess));
        File.AppendAllText(project.PipelineFile, "grants: { job: { read: [.] } }\n");

        var result = (await RunAsync(project, "run", "pipeline.yaml")).ShouldExitWith(1);

        result.Error.ShouldContain($"'{project.PathOf(".flexcore")}' cannot be hidden at level process");
    }

    [Fact]
    public async Task Plugin_with_network_is_refused_at_level_process()
    {
        using var project = await OwnedAsync(new TestProject().Task("pass", "capabilities: { net: [\"localhost:9\"] }"));
        File.AppendAllText(project.PipelineFile, "grants: { job: { net: [\"localhost:9\"] } }\n");
        project.Variables["FLEXCORE__ISOLATION__ACCEPT"] = "process";

        var result = (await RunAsync(project, "run", "pipeline.yaml")).ShouldExitWith(3);

        result.Error.ShouldContain("job was granted network, which a plugin can have in a sandbox only");
    }

    [Fact]
    public async Task Root_runs_unconfined_plugins_when_it_says_so_and_only_then()
    {
        Repository.RequireRoot();
        using var project = new TestProject().Sync().Write("flexcore.yaml", AcceptsProcess);
        (await WithoutBubblewrap.FlexCoreAsRootAsync(project, "run", "pipeline.yaml")).ShouldExitWith(3).Error.ShouldContain("nor at level process: normal user: the runtime is root");

        var run = (await WithoutBubblewrap.FlexCoreAsRootAsync(project, "run", "pipeline.yaml", "--allow-unconfined", "--json")).ShouldExitWith(0).Json;

        run.GetProperty("steps")[0].GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("isolation").GetString()).ShouldBe(["none", "none"]);
        project.Received.ShouldContain("RECORD");
        await ShouldSayDegradedAsync(project, run.GetProperty("run_id").GetString()!, 10);
    }

    [Fact]
    public async Task Where_there_is_a_sandbox_it_is_used_whatever_is_allowed()
    {
        using var project = new TestProject().Task("pass").Write("flexcore.yaml", AcceptsProcess);

        var run = (await project.RunAsync("--allow-unconfined", "--json")).ShouldExitWith(0).Json;

        run.GetProperty("steps")[0].GetProperty("plugins")[0].GetProperty("isolation").GetString().ShouldBe("sandbox");
        (await project.EventsAsync()).ShouldAllBe(item => !item.GetProperty("metadata").GetRawText().Contains("degraded"));
    }

    [Fact]
    public async Task Doctor_says_which_levels_work_and_which_are_accepted()
    {
        using var project = await OwnedAsync(new TestProject().Task("pass"));
        (await RunAsync(project, "doctor")).ShouldExitWith(3).Output.ShouldContain("levels: sandbox does not work, process works (not accepted), none works (not accepted)");

        project.Variables["FLEXCORE__ISOLATION__ACCEPT"] = "process";
        var found = (await RunAsync(project, "doctor", "--json")).ShouldExitWith(0).Json;

        found.GetProperty("isolation").GetString().ShouldBe("process");
        found.GetProperty("levels").EnumerateArray().Select(level => (level.GetProperty("level").GetString(), level.GetProperty("works").GetBoolean(), level.GetProperty("accepted").GetBoolean()))
            .ShouldBe([("sandbox", false, true), ("process", true, true), ("none", true, false)]);
    }

    private static async Task ShouldSayDegradedAsync(TestProject project, string run, int atLeast)
    {
        var events = (await EventsAsync(project)).Where(item => item.GetProperty("metadata").GetProperty("correlation_id").GetString() == run).Select(item => item.GetProperty("metadata")).ToList();
        events.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        events.ShouldAllBe(metadata => metadata.GetProperty("degraded").GetBoolean());
        events.ShouldAllBe(metadata => metadata.GetProperty("missing").EnumerateArray().Any(name => name.GetString() == "pid namespace"));
    }

    private static async Task<List<JsonElement>> EventsAsync(TestProject project, string? type = null) =>
        [.. (await WithoutBubblewrap.FlexCoreAsRootAsync(project, ["events", "list", "--json", "--limit", "100000", .. type is null ? (string[])[] : ["--type", type]])).ShouldExitWith(0).Json.EnumerateArray()];

    /// <summary>A normal user's project.</summary>
    private static async Task<TestProject> OwnedAsync(TestProject project)
    {
        Repository.RequireRoot();
        await NormalUser.OwnAsync(project.Folder);
        return project;
    }

    private static Task<CommandResult> RunAsync(TestProject project, params string[] arguments) => WithoutBubblewrap.FlexCoreAsync(project, arguments);
}
