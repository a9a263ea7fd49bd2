using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Mappers between tap and target, one tap into several targets, and runs that leave nothing behind.</summary>
public sealed class DataFlowTests
{
    /// <summary>Three records, then a STATE, a thousand times over; goes on from its state and can be told to stop early.</summary>
    private const string Bookmarks =
        """
        import json, sys, time
        start = json.load(open(sys.argv[sys.argv.index("--state") + 1]))["last"] if "--state" in sys.argv else 0
        end = json.load(open(sys.argv[sys.argv.index("--config") + 1]))["end"]
        print('{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": ["id"]}')
        for i in range(start + 1, end + 1):
            print('{"type": "RECORD", "stream": "s", "record": {"id": %d}}' % i)
            if i % 3 == 0 or i == end: print('{"value": {"last": %d}, "type": "STATE"}' % i, flush=True)
        """;

    private const string Doubling =
        """
        import json, sys
        for line in sys.stdin:
            message = json.loads(line)
            print(line, end="")
            if message["type"] == "RECORD": print(line, end="")
        """;

    private const string Odd =
        """
        import json, sys
        for line in sys.stdin:
            message = json.loads(line)
            if message["type"] != "RECORD" or message["record"]["id"] % 2: print(line, end="")
        """;

    private const string Mapped = "name: p\ngrants: { target: { write: [./out] } }\nsteps:\n  - id: load\n    sync:\n      from: { plugin: tap }\n      through: [{ plugin: doubling }, { plugin: odd }]\n      to: { plugin: target, config: { path: ./out } }\n";

    [Fact]
    public async Task Mapper_plugins_change_what_passes_and_every_record_is_accounted_for()
    {
        using var project = new TestProject().Sync().Plugin("doubling", "mapper", Doubling).Plugin("odd", "mapper", Odd).Write("pipeline.yaml", Mapped);

        var step = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0];

        Ids(project, "out").ShouldBe([1, 1, 3, 3]);
        step.GetProperty("records").GetProperty("s").GetInt32().ShouldBe(4);
        Streams(step, "s").ShouldBe("""{"in":3,"left_out":0,"dead":0,"mapped":1,"out":4}""");
        step.GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("name").GetString()).ShouldBe(["tap", "doubling", "odd", "target"]);
        step.GetProperty("state").GetRawText().ShouldContain("3");
    }

    [Theory]
    [InlineData("import sys; sys.stdin.readline(); sys.exit('ERROR no more')", "doubling ended with exit code 1", "no more")]
    [InlineData("import sys; sys.stdin.readline(); print('not json', flush=True); sys.stdin.read()", "doubling: line 1 is not valid JSON", "not json")]
    [InlineData("import sys; sys.stdin.read(); print('{\"type\": \"REC', end='')", "doubling: its output ends in the middle of line 1", "")]
    [InlineData("import os, time; os.close(0); time.sleep(0.2)", "doubling closed its input before it had read everything", "")]
    [InlineData("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "doubling was ended by signal 11", "")]
    public async Task Mapper_that_fails_is_the_cause(string program, string message, string more)
    {
        using var project = new TestProject().Sync(tap: TestProject.SmallTap + "\nfor i in range(4, 100000): print('{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"id\": %d}}' % i)")
            .Plugin("doubling", "mapper", program).Plugin("odd", "mapper", Odd).Write("pipeline.yaml", Mapped);

        var error = (await project.RunAsync("--json")).ShouldExitWith(1).Json.GetProperty("steps")[0].GetProperty("error").GetProperty("message").GetString()!;

        error.ShouldContain(message);
        error.ShouldContain(more);
        Processes.AnyMentions(project.Folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Broken_line_of_a_tap_leaves_no_masked_value_on_record()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap + "\nprint('{\"type\": \"RECORD\", \"email\": \"private@example.com\"}')").Plugin("odd", "mapper", Odd);
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + "\n      through: [{ plugin: odd }, { map: { stream: s, mask: { id: hmac } } }]\n");

        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain("error[FX2002]: step load: tap: line 6 is a RECORD without a 'stream'\n");

        foreach (var file in Directory.GetFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories)) File.ReadAllText(file).ShouldNotContain("private@", Case.Sensitive, file);
    }

    [Theory]
    [InlineData("run", TestProject.SmallTap, true)]
    [InlineData("--dry-run", TestProject.SmallTap, true)]
    [InlineData("run", "pass", false)]
    public async Task Map_whose_record_stream_never_came_is_told_unless_nothing_came(string how, string tap, bool isTold)
    {
        using var project = new TestProject().Sync(tap);
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + "\n      through: [{ map: { stream: customer, mask: { id: hmac } } }, { map: { stream: \"*\", mask: { id: hmac } } }]\n");

        var error = (await project.RunAsync(how == "run" ? [] : [how])).ShouldExitWith(0).Error;

        error.Contains("warning: map of stream 'customer': no such record stream came", StringComparison.Ordinal).ShouldBe(isTold, error);
        error.ShouldNotContain("stream '*'");
    }

    [Theory]
    [InlineData(TestProject.SmallTap, true)]
    [InlineData("print('{\"type\": \"SCHEMA\", \"stream\": \"s\", \"schema\": {}}')", false)]
    public async Task Target_that_gives_no_STATE_back_is_named_where_one_was_sent(string tap, bool isNamed)
    {
        using var project = new TestProject().Sync(tap, target: "import sys; sys.stdin.read()");

        (await project.RunAsync()).ShouldExitWith(0).Error.Contains("warning: target target gave no STATE back: the next run begins where this one did", StringComparison.Ordinal).ShouldBe(isNamed);

        (await project.RunAsync("--dry-run")).ShouldExitWith(0).Error.ShouldNotContain("gave no STATE back");
    }

    [Fact]
    public async Task Every_target_gets_everything_and_the_slow_one_loses_nothing()
    {
        const string Slow = "import time\n" + TestProject.RecordingTarget;
        using var project = FanOut(end: 5000, second: Slow.Replace("received.write(line)", "received.write(line); time.sleep(0.0002)", StringComparison.Ordinal));

        var step = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0];

        File.ReadAllText(project.PathOf("out2/received")).ShouldBe(File.ReadAllText(project.PathOf("out/received")));
        Ids(project, "out").ShouldBe(Enumerable.Range(1, 5000));
        step.GetProperty("state").GetProperty("last").GetInt32().ShouldBe(5000);
        var committed = (await project.EventsAsync("--type", "StateCommitted"))[^1].GetProperty("data").GetProperty("targets");
        committed.EnumerateArray().Select(target => (target.GetProperty("target").GetString(), target.GetProperty("value").GetProperty("last").GetInt32())).ShouldBe([("target", 5000), ("second", 5000)]);
    }

    [Fact]
    public async Task After_a_target_has_failed_the_tap_goes_on_from_the_oldest_state_and_both_have_everything()
    {
        // The second target dies of its 1,000th line, once.
        const string Dying = "import os, sys\ncount = 0\nfolder = json.load(open(sys.argv[sys.argv.index('--config') + 1]))['path']\n";
        using var project = FanOut(end: 3000, second: "import json\n" + Dying + TestProject.RecordingTarget.Replace(
            "    received.write(line)",
            "    count += 1\n    if count == 1000 and not os.path.exists(folder + '/died'): open(folder + '/died', 'w'); received.close(); sys.exit(3)\n    received.write(line)", StringComparison.Ordinal));

        var failed = (await project.RunAsync("--json")).ShouldExitWith(1).Json.GetProperty("steps")[0];
        failed.GetProperty("error").GetProperty("message").GetString()!.ShouldContain("second ended with exit code 3");
        var restart = failed.GetProperty("state").GetProperty("last").GetInt32();
        restart.ShouldBeLessThanOrEqualTo(Ids(project, "out2").Max());

        (await project.RunAsync()).ShouldExitWith(0);
        Ids(project, "out").Distinct().Order().ShouldBe(Enumerable.Range(1, 3000));
        Ids(project, "out2").Distinct().Order().ShouldBe(Enumerable.Range(1, 3000));
        Ids(project, "out2").Count.ShouldBeLessThanOrEqualTo(3000 + Ids(project, "out2").Count(id => id > restart), "what both had confirmed is not sent again");
        (await project.FlexCoreAsync("state", "get", "p")).ShouldExitWith(0).Output.ShouldContain("3000");
    }

    [Fact]
    public async Task Target_that_is_added_gets_everything_from_the_beginning()
    {
        using var project = FanOut(end: 30, second: TestProject.RecordingTarget);
        project.Write("one.yaml", File.ReadAllText(project.PipelineFile).Split("\n        - { plugin: second")[0].Replace(", second: { write: [./out2] }", "", StringComparison.Ordinal) + "\n");
        (await project.FlexCoreAsync("run", "one.yaml")).ShouldExitWith(0);

        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("target has no state of its own yet, so the tap begins anew for all targets");

        Ids(project, "out2").ShouldBe(Enumerable.Range(1, 30));
    }

    [Fact]
    public async Task Dry_run_runs_tap_and_mappers_but_no_target_and_no_task_and_moves_no_state()
    {
        using var project = new TestProject().Sync().Plugin("doubling", "mapper", Doubling).Plugin("odd", "mapper", Odd)
            .Plugin("job", "task", "raise SystemExit('a task ran')")
            .Write("pipeline.yaml", Mapped + "      validate: dead-letter\n  - { id: after, needs: [load], task: { plugin: job } }\n  - { id: last, needs: [after], noop: {} }\n");

        var run = (await project.RunAsync("--dry-run", "--json")).ShouldExitWith(0).Json;

        Directory.Exists(project.PathOf("out")).ShouldBeFalse("the target's folder is not even made");
        run.GetProperty("dry_run").GetBoolean().ShouldBeTrue();
        run.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("status").GetString()).ShouldBe(["succeeded", "skipped", "succeeded"]);
        var load = run.GetProperty("steps")[0];
        load.GetProperty("records").GetProperty("s").GetInt32().ShouldBe(4);
        load.GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("name").GetString()).ShouldBe(["tap", "doubling", "odd"]);
        load.GetProperty("state").ValueKind.ShouldBe(JsonValueKind.Null);
        (await project.EventTypesAsync("--type", "StateCommitted")).ShouldBeEmpty();
        var told = (await project.RunAsync("--dry-run")).ShouldExitWith(0).Error;
        told.ShouldContain("after: skipped, tasks do not run in a dry run");
        told.ShouldNotContain("target gets");
        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0).Output.ShouldContain("  succeeded, dry  ");
        (await project.FlexCoreAsync("runs", "show", "latest")).ShouldExitWith(0).Output.ShouldContain(" of p (version 1), dry: succeeded");
    }

    [Theory]
    [MemberData(nameof(MessageStreams))]
    public async Task Message_streams_that_others_made_go_through_byte_for_byte(string file)
    {
        if (file.Length == 0) Assert.Skip("needs FLEXCORE_TEST_DATA, the folder of test data that others made");
        using var project = new TestProject().Sync(
            tap: "import shutil, sys, json\nshutil.copyfileobj(open(json.load(open(sys.argv[sys.argv.index('--config') + 1]))['path'], 'rb'), sys.stdout.buffer)",
            tapMore: "capabilities: { read: [\"${config.path}\"] }", from: ", config: { path: ./stream }");
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("grants: {", "grants: { tap: { read: [./stream] },", StringComparison.Ordinal));
        File.Copy(file, project.PathOf("stream"));

        (await project.RunAsync()).ShouldExitWith(0);

        File.ReadAllBytes(project.PathOf("out/received")).ShouldBe(File.ReadAllBytes(file));
    }

    public static TheoryData<string> MessageStreams() =>
        Environment.GetEnvironmentVariable("FLEXCORE_TEST_DATA") is { Length: > 0 } data ? [.. Directory.GetFiles(Path.Combine(data, "singer-target-streams"), "*.singer").Order()] : [""];

    private static TestProject FanOut(int end, string second) =>
        new TestProject().Sync(Bookmarks).Plugin("second", "target", second, "capabilities: { write: [\"${config.path}\"] }").Write(
            "pipeline.yaml",
            $$"""
            name: p
            grants: { target: { write: [./out] }, second: { write: [./out2] } }
            steps:
              - id: load
                sync:
                  from: { plugin: tap, config: { end: {{end}} } }
                  to:
                    - { plugin: target, config: { path: ./out } }
                    - { plugin: second, config: { path: ./out2 } }
            """);

    private static List<int> Ids(TestProject project, string folder) =>
    [
        .. File.ReadLines(project.PathOf($"{folder}/received")).Where(line => line.Contains("RECORD", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("record").GetProperty("id").GetInt32()),
    ];

    private static string Streams(JsonElement step, string stream)
    {
        var tally = step.GetProperty("streams").GetProperty(stream);
        return $"{{{string.Join(',', tally.EnumerateObject().Where(item => item.Name != "bytes").Select(item => $"\"{item.Name}\":{item.Value}"))}}}";
    }
}
