using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Kill it at any moment: nothing that was confirmed is lost, and the next start works without a hand.</summary>
public sealed class DurabilityTests
{
    // Goes on from its state, 50 records a state, and never ends by itself before the 100,000th.
    private const string ResumingTap =
        """
        import json, signal, sys, time
        start = 0
        if "--state" in sys.argv: start = json.load(open(sys.argv[sys.argv.index("--state") + 1]))["last"]
        def stop(*_): sys.exit(0)
        signal.signal(signal.SIGTERM, stop)
        print('{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": ["id"]}')
        end = int(json.load(open(sys.argv[sys.argv.index("--config") + 1]))["end"])
        for i in range(start + 1, end + 1):
            print('{"type": "RECORD", "stream": "s", "record": {"id": %d}}' % i)
            if i % 50 == 0 or i == end:
                print('{"type": "STATE", "value": {"last": %d}}' % i)
                sys.stdout.flush()
                time.sleep(0.005)
        """;

    [Fact]
    public async Task Runtime_killed_in_the_middle_leaves_no_process_and_the_next_run_completes_the_data()
    {
        using var project = Resuming(end: 4000);
        Guid interrupted;
        await using (var killed = project.StartFlexCore("run", "pipeline.yaml"))
        {
            await Until.TrueAsync(() => Ids(project).Count > 300, "records have arrived");
            await killed.SignalAsync("KILL");
            await killed.EndAsync();
            interrupted = (await project.EventsAsync("--type", "PipelineStarted"))[0].GetProperty("data").GetProperty("run_id").GetGuid();
        }

        await Until.TrueAsync(() => !Processes.AnyMentions(project.Folder), "no process of the run is left");

        var result = (await project.RunAsync("--json")).ShouldExitWith(0);
        var ids = Ids(project);
        ids.Distinct().Order().ShouldBe(Enumerable.Range(1, 4000));

        // At-least-once: what was confirmed before the kill is not repeated, and no more than one run's tail is.
        ids.Count.ShouldBeLessThan(8000);
        var runs = (await project.FlexCoreAsync("runs", "list", "--json")).ShouldExitWith(0).Json;
        runs.EnumerateArray().Select(run => run.GetProperty("status").GetString()).ShouldBe(["succeeded", "interrupted"]);
        result.Json.GetProperty("resumes").GetGuid().ShouldBe(interrupted);
        (await project.EventTypesAsync("--stream", $"run-{interrupted}"))[^1].ShouldBe("PipelineInterrupted");
    }

    [Theory]
    [InlineData("runtime")]
    [InlineData("tap")]
    [InlineData("target")]
    public async Task Whoever_is_killed_at_random_moments_the_next_run_completes_the_data(string victim)
    {
        var kills = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null ? 2 : 20;
        var end = kills * 3000;
        var random = new Random(20261121);
        using var project = Resuming(end);
        for (var kill = 0; kill < kills; kill++)
        {
            await using var run = project.StartFlexCore("run", "pipeline.yaml");
            var enough = Ids(project).Count + random.Next(0, 1000);
            await Until.TrueAsync(() => Ids(project).Count >= enough || Ids(project).Contains(end), "records arrive");
            if (victim == "runtime") await run.SignalAsync("KILL");
            else Processes.KillPlugin(project.PathOf($"plugins/{victim}"));
            var ended = await run.EndAsync();
            if (victim != "runtime" && !Ids(project).Contains(end)) ended.ShouldExitWith(1).Error.ShouldContain($"{victim} was ended by signal 9");
            await Until.TrueAsync(() => !Processes.AnyMentions(project.Folder), "no process of the run is left");
            var confirmed = (await project.EventsAsync("--type", "StateCommitted")).Select(item => item.GetProperty("data").GetProperty("value").GetProperty("last").GetInt32()).DefaultIfEmpty(0).Max();
            Ids(project).Distinct().Order().Take(confirmed).ShouldBe(Enumerable.Range(1, confirmed), "state is never ahead of the target");
        }

        (await project.RunAsync()).ShouldExitWith(0);
        Ids(project).Distinct().Order().ShouldBe(Enumerable.Range(1, end));
        (await project.FlexCoreAsync("runs", "list", "--limit", "100", "--json")).Json.EnumerateArray()
            .Select(run => run.GetProperty("status").GetString()).ShouldNotContain("running");
    }

    [Fact]
    public async Task Killed_run_is_shown_as_interrupted_by_whoever_looks_first()
    {
        using var project = Resuming(end: 100_000);
        await using (var killed = project.StartFlexCore("run", "pipeline.yaml"))
        {
            await Until.TrueAsync(() => Ids(project).Count > 0, "records have arrived");
            (await project.FlexCoreAsync("runs", "show", "latest", "--json")).Json.GetProperty("status").GetString().ShouldBe("running");
            await killed.SignalAsync("KILL");
            await killed.EndAsync();
        }

        (await project.FlexCoreAsync("runs", "show", "latest", "--json")).Json.GetProperty("status").GetString().ShouldBe("interrupted");
        (await project.EventTypesAsync("--type", "PipelineInterrupted")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Interrupt_lets_the_last_STATE_land_leaves_no_process_and_is_on_record()
    {
        using var project = Resuming(end: 100_000);
        CommandResult result;
        await using (var running = project.StartFlexCore("run", "pipeline.yaml", "--json"))
        {
            await Until.TrueAsync(() => Ids(project).Count > 300, "records have arrived");
            await running.SignalAsync("INT");
            result = (await running.EndAsync()).ShouldExitWith(130);
        }

        Processes.AnyMentions(project.Folder).ShouldBeFalse();
        result.Json.GetProperty("status").GetString().ShouldBe("cancelled");
        var last = result.Json.GetProperty("steps")[0].GetProperty("state").GetProperty("last").GetInt32();
        Ids(project).Max().ShouldBeInRange(last, last + 50);
        (await project.EventsOfLatestRunAsync())[^1].ShouldBe("PipelineCancelled");

        // And the next run goes on from there.
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("100000", (last + 100).ToString(), StringComparison.Ordinal));
        (await project.RunAsync()).ShouldExitWith(0);
        Ids(project).Distinct().Order().ShouldBe(Enumerable.Range(1, last + 100));
    }

    [Fact]
    public async Task Plugins_that_ignore_the_signal_are_killed_within_two_seconds()
    {
        const string Deaf = "import signal, time, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n";
        using var project = new TestProject().Sync(
            Deaf + "print('{\"type\": \"SCHEMA\", \"stream\": \"s\", \"schema\": {}}', flush=True)\nwhile True: time.sleep(1)",
            Deaf + "open('/run/flexcore/work/started', 'w')\nwhile True: time.sleep(1)");
        await using var running = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => Directory.Exists(project.PathOf(".flexcore/work")) && Directory.EnumerateFiles(project.PathOf(".flexcore/work"), "started", SearchOption.AllDirectories).Any(), "both have started");
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        await running.SignalAsync("TERM");
        (await running.EndAsync()).ShouldExitWith(130);
        System.Diagnostics.Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(10));
        Processes.AnyMentions(project.Folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Second_interrupt_kills_at_once()
    {
        using var project = new TestProject().Task("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\nwhile True: time.sleep(1)", "limits: { grace: 60s }");
        await using var running = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => running.ErrorSoFar.Contains("deaf", StringComparison.Ordinal), "the task has started");
        await running.SignalAsync("INT");
        await running.SignalAsync("INT");
        (await running.EndAsync()).ShouldExitWith(130);
        Processes.AnyMentions(project.Folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Same_pipeline_started_twice_at_once_is_refused_with_the_other_runs_id()
    {
        using var project = Resuming(end: 100_000);
        await using var first = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(() => Ids(project).Count > 0, "the first run works");
        var id = (await project.FlexCoreAsync("runs", "show", "latest", "--json")).Json.GetProperty("run_id").GetString()!;

        var second = (await project.RunAsync()).ShouldExitWith(2);
        second.Error.ShouldContain("error[FX1040]");
        second.Error.ShouldContain(id);
        (await project.EventTypesAsync("--type", "PipelineStarted")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Different_pipelines_share_a_data_directory_at_the_same_time()
    {
        using var project = new TestProject();
        var names = Enumerable.Range(0, 8).Select(i => $"p{i}").ToList();
        foreach (var name in names) project.Write($"{name}.yaml", $"name: {name}\nsteps:\n  - id: a\n    noop: {{}}\n  - id: b\n    noop: {{}}\n");
        var results = await Task.WhenAll(names.Select(name => project.FlexCoreAsync("run", $"{name}.yaml")));
        foreach (var result in results) result.ShouldExitWith(0);

        var positions = (await project.EventsAsync()).Select(item => item.GetProperty("position").GetInt64()).ToList();
        positions.ShouldBe(Enumerable.Range(1, positions.Count).Select(i => (long)i));
        (await project.EventTypesAsync("--type", "PipelineCompleted")).Count.ShouldBe(8);
    }

    [Fact]
    public async Task State_stays_behind_what_the_target_has_confirmed()
    {
        // Reads everything, confirms nothing.
        using var project = new TestProject().Sync(target: "import sys; sys.stdin.read()");
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json;
        run.GetProperty("steps")[0].GetProperty("state").ValueKind.ShouldBe(JsonValueKind.Null);
        (await project.EventTypesAsync("--category", "state")).ShouldBeEmpty();
    }

    private static TestProject Resuming(int end) => new TestProject().Sync(ResumingTap, from: $", config: {{ end: {end} }}");

    // A target that was killed in the middle of a line is followed on that line by the next one.
    private static List<int> Ids(TestProject project) =>
    [
        .. project.Received.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.Contains("RECORD", StringComparison.Ordinal) && line.EndsWith('}'))
            .Select(line => JsonDocument.Parse(line[line.LastIndexOf("{\"type\"", StringComparison.Ordinal)..]).RootElement.GetProperty("record").GetProperty("id").GetInt32()),
    ];
}
