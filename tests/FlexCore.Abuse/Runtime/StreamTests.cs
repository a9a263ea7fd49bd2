namespace FlexCore.Abuse.Runtime;

/// <summary>What a tap or a target writes and reads, or does not, takes no more of the runtime than was given to it.</summary>
public sealed class StreamTests
{
    [Fact]
    public async Task Line_that_never_ends_ends_the_step()
    {
        using var project = new TestProject().Sync("import os\nwhile True: os.write(1, b'x' * 65536)", tapMore: "limits: { line: 1MiB }");

        var result = (await project.RunAsync()).ShouldExitWith(1);

        result.Error.ShouldContain("error[FX2007]");
    }

    /// <summary>Names are held as long as the step lasts, and shown at its end.</summary>
    [Fact]
    public async Task Names_of_record_streams_cannot_fill_the_memory_of_the_runtime()
    {
        using var project = new TestProject().Sync("for i in range(10000): print('{\"type\": \"RECORD\", \"stream\": \"%d%s\", \"record\": {}}' % (i, 'x' * 1000000))");

        var result = (await project.RunAsync()).ShouldExitWith(1);

        result.Error.ShouldContain("error[FX2002]");
        result.Error.ShouldContain("line 1 names its record stream in more than 1000 bytes");
    }

    [Fact]
    public async Task Thousands_of_record_streams_fill_no_screen()
    {
        using var project = new TestProject().Sync("for i in range(5000): print('{\"type\": \"RECORD\", \"stream\": \"%d%s\", \"record\": {}}' % (i, 'x' * 900))", "import sys\nfor line in sys.stdin: pass");

        var result = (await project.RunAsync()).ShouldExitWith(0);

        result.Output.ShouldContain("and 4,980 more");
        result.Output.Length.ShouldBeLessThan(50_000);
    }

    /// <summary>Each fills the pipe that the other one does not read, so that somebody who first writes and then reads would wait for ever.</summary>
    [Fact]
    public async Task Plugins_that_write_before_they_read_do_not_lock_each_other_out()
    {
        using var project = new TestProject().Sync(
            """
            import sys
            for i in range(50000): print('x' * 100, file=sys.stderr) if i % 10 == 0 else print('{"type": "RECORD", "stream": "s", "record": {"i": %d, "x": "%s"}}' % (i, 'x' * 100))
            """,
            """
            import sys
            for _ in range(50000): print('x' * 100)
            sys.stdout.flush()
            for line in sys.stdin: pass
            """);

        (await project.RunAsync("--quiet")).ShouldExitWith(0);
    }

    [Fact]
    public async Task Runtime_maps_no_file_that_a_plugin_could_cut_off_under_it()
    {
        using var project = new TestProject().Task(
            "import os, time\nopen(os.environ['FLEXCORE_WORK'] + '/large', 'wb').write(bytes(1 << 20))\nprint('ready', flush=True)\ntime.sleep(600)",
            "capabilities: { write: [\"${input.path}\"] }\nlimits: { grace: 100ms }",
            "{ plugin: job, input: { path: ./out } }");
        File.AppendAllText(project.PipelineFile, "grants: { job: { write: [./out] } }\n");
        await using var run = project.StartFlexCore("run", "pipeline.yaml");
        await Plugin.EventuallyAsync(() => run.ErrorSoFar.Contains("ready", StringComparison.Ordinal), "the plugin is there");

        var maps = await File.ReadAllTextAsync($"/proc/{run.Id}/maps", TestContext.Current.CancellationToken);

        maps.ShouldContain("/flexcore.db-shm"); // What it does map is in the data directory, which no plugin sees.
        maps.ShouldNotContain(project.PathOf("out"));
        maps.ShouldNotContain("/.flexcore/work");
        await run.SignalAsync("TERM");
        (await run.EndAsync()).ExitCode.ShouldBe(130);
    }
}
