using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>What a plugin does wrong ends in one clear error that names it, and nothing that a target confirmed is lost.</summary>
public sealed class BadPluginTests
{
    private const string Flood =
        """
        import sys
        print('{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": []}')
        for i in range(200000): print('{"type": "RECORD", "stream": "s", "record": {"id": %d, "text": "%s"}}' % (i, "x" * 50))
        """;

    [Fact]
    public async Task Tap_that_exits_1_is_named_with_its_last_words_and_what_it_wrote_before_arrives()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap + "\nimport sys; sys.exit('ERROR no more rows for you')");
        var step = await FailAsync(project, "exit-code", "FX2001", "tap ended with exit code 1", "ERROR no more rows for you");
        step.GetProperty("records").GetProperty("s").GetInt64().ShouldBe(3);
        project.Received.Split('\n').Length.ShouldBe(6);
        step.GetProperty("state").GetProperty("last").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task Tap_that_dies_by_a_signal_is_told_apart_from_one_that_exits()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap + "\nimport os; os.kill(os.getpid(), 11)");
        await FailAsync(project, "signal", "FX2003", "tap was ended by signal 11");
    }

    [Theory]
    [InlineData("print('hello')", "line 1 is not valid JSON: 'hello'")]
    [InlineData("print('[1, 2]')", "line 1 is not a JSON object")]
    [InlineData("print('{\"a\": 1}')", "line 1 is a JSON object without a 'type'")]
    [InlineData("print('{\"type\": \"RECORD\", \"record\": {}}')", "line 1 is a RECORD without a 'stream'")]
    [InlineData("print()", "line 1 is not valid JSON")]
    [InlineData("import os; os.write(1, b'\\xff\\xfe\\x00\\n')", "line 1 is not UTF-8")]
    [InlineData("import os; os.write(1, b'{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"a\": \"\\xff\"}}\\n')", "is not UTF-8")]
    public async Task Tap_that_writes_garbage_is_stopped_at_the_line(string garbage, string reason)
    {
        using var project = new TestProject().Sync($"{garbage}\nimport sys; sys.stdout.flush()\nimport time; time.sleep(60)");
        await FailAsync(project, "protocol", "FX2002", reason);
    }

    [Fact]
    public async Task What_came_before_garbage_is_delivered_and_its_state_committed()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap + "\nprint('garbage')");
        var step = await FailAsync(project, "protocol", "FX2002", "line 6 is not valid JSON: 'garbage'");
        step.GetProperty("state").GetProperty("last").GetInt32().ShouldBe(3);
        project.Received.ShouldNotContain("garbage");
    }

    [Fact]
    public async Task Tap_that_ends_in_half_a_line_breaks_the_protocol()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap + "\nprint('{\"type\": \"RECORD\", \"stream\": \"s\", \"rec', end='')");
        await FailAsync(project, "protocol", "FX2002", "its output ends in the middle of line 6");
        project.Received.ShouldNotContain("\"rec\n");
    }

    [Fact]
    public async Task Tap_that_writes_nothing_succeeds_with_a_warning()
    {
        using var project = new TestProject().Sync("pass");
        var result = (await project.RunAsync()).ShouldExitWith(0);
        result.Error.ShouldContain("warning: tap wrote nothing: 0 records");
    }

    [Fact]
    public async Task Line_over_the_limit_ends_the_step_and_is_on_record()
    {
        using var project = new TestProject().Sync("print('{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"a\": \"' + 'x' * 2000000 + '\"}}')", tapMore: "limits: { line: 1MiB }");
        await FailAsync(project, "limit", "FX2007", "line 1 is longer than the limit of 1048576 bytes");
        (await project.EventTypesAsync("--category", "execution")).ShouldContain("PluginLimitHit");
    }

    [Fact]
    public async Task Target_that_closes_its_input_is_the_cause_and_not_the_tap()
    {
        using var project = new TestProject().Sync(Flood, "import os, time; os.close(0); time.sleep(0.2)");
        var step = await FailAsync(project, "protocol", "FX2011", "target closed its input before it had read everything");
        Outcome(step, "tap").ShouldBe("cancelled");
    }

    [Fact]
    public async Task Target_that_leaves_a_small_input_unread_is_found_out_too()
    {
        using var project = new TestProject().Sync(target: "pass");
        await FailAsync(project, "protocol", "FX2011", "target closed its input before it had read everything");
    }

    [Fact]
    public async Task Target_that_fails_in_the_middle_is_the_cause()
    {
        using var project = new TestProject().Sync(Flood, "import sys; sys.stdin.readline(); sys.exit('CRITICAL disk of the warehouse is full')");
        var step = await FailAsync(project, "exit-code", "FX2001", "target ended with exit code 1", "disk of the warehouse is full");
        Outcome(step, "tap").ShouldBe("cancelled");
    }

    [Fact]
    public async Task Target_that_closes_its_input_on_its_way_to_fail_is_left_to_tell_why()
    {
        using var project = new TestProject().Sync(Flood, "import os, sys, time; os.close(0); time.sleep(0.5); sys.exit('ERROR no space left')");
        await FailAsync(project, "exit-code", "FX2001", "target ended with exit code 1", "no space left");
    }

    [Fact]
    public async Task Target_that_dies_ends_the_step_although_the_tap_is_silent()
    {
        using var project = new TestProject().Sync(
            TestProject.SmallTap + "\nimport sys, time; sys.stdout.flush(); time.sleep(100)", "import sys; sys.stdin.readline(); sys.exit('ERROR database gone')", tapMore: "limits: { grace: 200ms }");
        var step = await FailAsync(project, "exit-code", "FX2001", "target ended with exit code 1", "database gone");
        Outcome(step, "tap").ShouldBe("cancelled");
    }

    [Fact]
    public async Task What_a_target_says_besides_STATE_is_logged_and_not_committed()
    {
        using var project = new TestProject().Sync(target: "import sys; sys.stdin.read(); print('loaded!'); print('[1]'); print('{\"ok\": 1}')");
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json;
        run.GetProperty("steps")[0].GetProperty("state").GetRawText().ShouldContain("\"ok\"");
        (await project.FlexCoreAsync("runs", "logs", "latest")).Output.ShouldContain("loaded!");
    }

    [Theory]
    [InlineData("import time; time.sleep(60)", "time: 700ms", "timeout", "FX2004", "tap took longer than its limit of 0.7 s", "time", 700)]
    [InlineData("import time; time.sleep(60)", "idle: 700ms", "idle-timeout", "FX2005", "tap did nothing for 0.7 s", "idle", 700)]
    [InlineData("while True: print('{\"type\": \"STATE\", \"value\": {}}')", "stdout: 1MiB", "limit", "FX2007", "tap wrote more on stdout than its limit of 1 MiB", "stdout", 1 << 20)]
    [InlineData("import sys\nwhile True: print('no', file=sys.stderr)", "stderr: 100kB", "limit", "FX2007", "tap wrote more on stderr than its limit of 0.1 MiB", "stderr", 100_000)]
    [InlineData("import os\nf = open(os.environ['FLEXCORE_WORK'] + '/x', 'wb')\nwhile True: f.write(bytes(65536))", "disk: 5MiB", "limit", "FX2007", "tap filled its work folder beyond its limit of 5 MiB", "disk", 5 << 20)]
    public async Task Plugin_that_goes_beyond_a_limit_is_ended_and_named_with_it(string code, string limit, string outcome, string error, string message, string name, long allowed)
    {
        using var project = new TestProject().Sync(code, tapMore: $"limits: {{ grace: 100ms, {limit} }}");

        await FailAsync(project, outcome, error, message);

        var hit = (await project.FlexCoreAsync("events", "list", "--type", "PluginLimitHit", "--json")).ShouldExitWith(0).Json[0].GetProperty("data");
        (hit.GetProperty("limit").GetString(), hit.GetProperty("allowed").GetInt64()).ShouldBe((name, allowed));
    }

    [Fact]
    public async Task What_a_plugin_wrote_and_how_long_it_was_held_back_is_on_record()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap + "\nimport sys, time; sys.stderr.write('x' * 100 + '\\n')\nwhile time.process_time() < 0.3: pass", tapMore: "limits: { cpu: 0.25 }");
        (await project.RunAsync()).ShouldExitWith(0);

        var ends = (await project.FlexCoreAsync("events", "list", "--type", "PluginExecutionCompleted", "--json")).ShouldExitWith(0).Json.EnumerateArray().Select(end => end.GetProperty("data").GetProperty("usage"));

        var tap = ends.Single(usage => usage.TryGetProperty("throttled_ms", out _));
        tap.GetProperty("throttled_ms").GetInt64().ShouldBeGreaterThan(100);
        tap.GetProperty("error_bytes").GetInt64().ShouldBe(101);
        tap.GetProperty("output_bytes").GetInt64().ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task Plugin_that_eats_memory_is_stopped_at_its_limit()
    {
        using var project = new TestProject().Sync("x = bytearray(300 << 20)\nfor i in range(0, len(x), 4096): x[i] = 1\nimport time; time.sleep(60)", tapMore: "limits: { memory: 64MiB }");
        await FailAsync(project, "out-of-memory", "FX2006", "more memory than its limit of 64 MiB");
    }

    [Fact]
    public async Task Tap_that_closes_its_output_but_lingers_is_ended_after_its_grace()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap + "\nimport os, sys, time; sys.stdout.flush(); os.close(1); time.sleep(60)", tapMore: "limits: { grace: 200ms }");
        await FailAsync(project, "protocol", "FX2002", "did not end within 0.2 s");
    }

    [Theory]
    [InlineData("[1]", "is not a JSON object")]
    [InlineData("{", "is not a JSON object")]
    public async Task Task_whose_output_is_no_JSON_object_fails(string output, string reason)
    {
        using var project = new TestProject().Task($"import os; open(os.environ['FLEXCORE_OUTPUT'], 'w').write('{output}')");
        await FailAsync(project, "protocol", "FX2013", reason);
    }

    [Fact]
    public async Task Task_that_plants_a_link_as_its_output_reads_nothing_of_the_host()
    {
        using var project = new TestProject().Task("import os; os.symlink('/etc/passwd', os.environ['FLEXCORE_OUTPUT'])");
        var step = await FailAsync(project, "protocol", "FX2013", "is not a file");
        step.GetRawText().ShouldNotContain("root:");
    }

    [Fact]
    public async Task Control_characters_of_a_plugin_never_reach_the_terminal()
    {
        using var project = new TestProject().Task("import sys; sys.stderr.write('\\x1b[2J\\x07 boo \\u202e evil\\n')");
        var result = (await project.RunAsync()).ShouldExitWith(0);
        result.Error.ShouldContain("\\u001b[2J\\u0007 boo \\u202e evil");
        result.Error.ShouldNotContain("\u001b");
    }

    private static async Task<JsonElement> FailAsync(TestProject project, string outcome, string code, params string[] messages)
    {
        var result = (await project.RunAsync("--json")).ShouldExitWith(1);
        var run = result.Json;
        run.GetProperty("status").GetString().ShouldBe("failed");
        var step = run.GetProperty("steps")[0];
        var error = step.GetProperty("error");
        foreach (var message in messages) error.GetProperty("message").GetString()!.ShouldContain(message);
        error.GetProperty("code").GetString().ShouldBe(code);

        var failed = (await project.EventsAsync("--type", "StepFailed")).ShouldHaveSingleItem().GetProperty("data");
        failed.GetProperty("outcome").GetString().ShouldBe(outcome);
        (await project.EventTypesAsync("--category", "execution")).ShouldContain("PluginExecutionFailed");
        (await project.EventsOfLatestRunAsync())[^1].ShouldBe("PipelineFailed");
        return step;
    }

    private static string? Outcome(JsonElement step, string plugin) =>
        step.GetProperty("plugins").EnumerateArray().Single(item => item.GetProperty("name").GetString() == plugin).GetProperty("outcome").GetString();
}
