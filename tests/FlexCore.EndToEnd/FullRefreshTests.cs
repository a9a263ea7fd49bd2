using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Full refreshes that replace what a target has as a whole, or not at all.</summary>
public sealed class FullRefreshTests
{
    /// <summary>As many records as its config says, and a STATE behind the first half and at the end. With <c>stay</c> it does not end before that.</summary>
    private const string Tap =
        """
        import json, sys, time
        config = json.load(open(sys.argv[sys.argv.index("--config") + 1]))
        count = int(open(config["count"]).read())
        print('{"type": "SCHEMA", "stream": "s", "schema": {}, "key_properties": ["id"]}')
        for i in range(1, count + 1):
            print('{"type": "RECORD", "stream": "s", "record": {"id": %d}}' % i)
            if i == count // 2: print('{"type": "STATE", "value": {"last": %d}}' % i, flush=True)
        if config["end"] == "stay": time.sleep(600)
        if config["end"] == "fail": sys.exit(3)
        print('{"type": "STATE", "value": {"last": %d}}' % count)
        """;

    [Fact]
    public async Task Full_refresh_takes_the_place_of_the_old_content_and_the_state_moves_with_it()
    {
        using var project = Project();
        await RunAsync(project, 10, 0);
        Ids(project).Count.ShouldBe(10);

        await RunAsync(project, 8, 0, "--full-refresh");

        Ids(project).ShouldBe(Enumerable.Range(1, 8));
        (await LastAsync(project)).ShouldBe(8);
        Beside(project).ShouldBeEmpty();
        (await project.EventsAsync("--stream", "state-p.load")).TakeLast(2).Select(item => item.GetProperty("data").GetProperty("value").ValueKind)
            .ShouldBe([JsonValueKind.Null, JsonValueKind.Object], "while the content is exchanged no bookmark may be ahead of it");
        var refresh = (await project.EventsAsync("--stream", "refresh-p.load")).ShouldHaveSingleItem().GetProperty("data");
        refresh.GetProperty("records").GetProperty("s").GetInt32().ShouldBe(8);
        refresh.GetProperty("is_swapped").GetBoolean().ShouldBeTrue();
    }

    [Theory]
    [InlineData("fail", 8, "exit code 3")]
    [InlineData("end", 0, "it brought no records (guards.empty)")]
    public async Task Full_refresh_that_does_not_count_leaves_content_and_state_as_they_were(string end, int count, string expected)
    {
        using var project = Project();
        await RunAsync(project, 10, 0);
        Write(project, end);

        (await RunAsync(project, count, 1, "--full-refresh")).ShouldContain(expected);

        Ids(project).ShouldBe(Enumerable.Range(1, 10));
        (await LastAsync(project)).ShouldBe(10);
        Beside(project).ShouldBeEmpty();
    }

    [Fact]
    public async Task Full_refresh_that_shrinks_too_much_is_stopped_with_the_remedy_until_it_is_allowed()
    {
        using var project = Project("guards: { shrink: 50% }");
        await RunAsync(project, 10, 0, "--full-refresh");

        (await RunAsync(project, 5, 1, "--full-refresh")).ShouldContain("it brought 5 records of s, 50 % fewer or more than the 10 of the last one (guards.shrink)");
        Ids(project).Count.ShouldBe(10);
        (await project.FlexCoreAsync("runs", "show", "latest", "--json")).Json.GetProperty("steps")[0].GetProperty("error").GetProperty("code").GetString().ShouldBe("FX2024");

        Write(project, "end", "guards: { shrink: 90% }");
        await RunAsync(project, 5, 0, "--full-refresh");
        Ids(project).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Without_a_shadow_guards_stop_the_state_all_the_same()
    {
        using var project = Project("guards: { shrink: 50% }", shadow: "");
        await RunAsync(project, 10, 0, "--full-refresh");

        await RunAsync(project, 4, 1, "--full-refresh");

        (await LastAsync(project)).ShouldBe(10);
        Ids(project).Count.ShouldBe(14, "this target was written to");
    }

    [Fact]
    public async Task Runtime_killed_in_the_middle_leaves_the_old_content_and_the_next_run_cleans_up_and_goes_on()
    {
        using var project = Project();
        await RunAsync(project, 10, 0);
        Write(project, "stay");
        project.Write("count", "8");
        await using (var run = project.StartFlexCore("run", "pipeline.yaml", "--full-refresh"))
        {
            await Until.TrueAsync(() => Beside(project).Any(folder => Directory.EnumerateFiles(folder).Any(file => new FileInfo(file).Length > 0)), "the shadow is written to");
            Ids(project).Count.ShouldBe(10, "readers see the old content");
            (await LastAsync(project)).ShouldBe(10);
            await run.SignalAsync("KILL");
            await run.EndAsync();
        }

        await Until.TrueAsync(() => !Processes.AnyMentions(project.Folder), "no process of the run is left");
        Ids(project).ShouldBe(Enumerable.Range(1, 10));
        Beside(project).ShouldNotBeEmpty();
        Write(project, "end");
        await RunAsync(project, 10, 0);
        Beside(project).ShouldBeEmpty();
        await RunAsync(project, 8, 0, "--full-refresh");
        Ids(project).ShouldBe(Enumerable.Range(1, 8));
    }

    [Fact]
    public async Task Killed_at_random_moments_the_folder_holds_all_of_the_old_content_or_all_of_the_new()
    {
        var kills = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null ? 5 : 50;
        var random = new Random(20261122);
        using var project = Project();
        await RunAsync(project, 1000, 0);
        for (var kill = 0; kill < kills; kill++)
        {
            var count = 1001 + kill;
            project.Write("count", count.ToString());
            var before = Ids(project).Count;
            await using (var run = project.StartFlexCore("run", "pipeline.yaml", "--full-refresh"))
            {
                // At its beginning, while it is written to, or around the exchange. The run may be over by then, which is a moment like any other.
                var moment = random.Next(3);
                await Until.TrueAsync(
                    () => !Directory.Exists($"/proc/{run.Id}") || Ids(project).Count != before || Beside(project).Any(folder => moment == 0 || (moment == 1 && Directory.EnumerateFiles(folder).Any(file => new FileInfo(file).Length > 0))),
                    "the refresh is under way");
                if (Directory.Exists($"/proc/{run.Id}")) await Command.RunAsync("/bin/kill", ["-KILL", run.Id.ToString()], "/");
                await run.EndAsync();
            }

            await Until.TrueAsync(() => !Processes.AnyMentions(project.Folder), "no process of the run is left");
            var ids = Ids(project);
            ids.Count.ShouldBeOneOf(before, count);
            ids.ShouldBe(Enumerable.Range(1, ids.Count));
            (await LastAsync(project)).ShouldBeLessThanOrEqualTo(ids.Count, "the state is never ahead of the content");
        }

        await RunAsync(project, 2000, 0, "--full-refresh");
        Ids(project).ShouldBe(Enumerable.Range(1, 2000));
        Beside(project).ShouldBeEmpty();
    }

    [Fact]
    public async Task Folder_that_another_step_writes_too_is_not_replaced_and_the_run_says_so()
    {
        using var project = Project();
        project.Plugin("job", "task", "print('hello')", "capabilities: { write: [\"${input.path}\"] }");
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("grants: {", "grants: { job: { write: [./out/job] },", StringComparison.Ordinal) + "\n  - id: job\n    task: { plugin: job, input: { path: ./out/job } }\n");

        (await RunAsync(project, 10, 0, "--full-refresh")).ShouldContain("itself, and not beside it: job writes there too");

        Ids(project).Count.ShouldBe(10);
    }

    [Fact]
    public async Task File_of_somebody_else_in_the_folder_is_kept()
    {
        using var project = Project();
        await RunAsync(project, 10, 0);
        project.Write("out/notes.txt", "mine");

        (await RunAsync(project, 8, 0, "--full-refresh")).ShouldContain("it is kept in");

        File.ReadAllText(Path.Combine(Beside(project).ShouldHaveSingleItem(), "notes.txt")).ShouldBe("mine");
        Ids(project).Count.ShouldBe(8);
    }

    private static TestProject Project(string guards = "", string shadow = "shadow: \"${config.path}\"")
    {
        var project = new TestProject().Sync(Tap, tapMore: "capabilities: { read: [\"${config.count}\"] }", targetMore: shadow);
        Write(project, "end", guards);
        return project;
    }

    private static void Write(TestProject project, string end, string guards = "") => project.Write(
        "pipeline.yaml",
        $$"""
        name: p
        grants: { tap: { read: [./count] }, target: { write: [./out] } }
        steps:
          - id: load
            sync:
              from: { plugin: tap, config: { count: ./count, end: {{end}} } }
              to: { plugin: target, config: { path: ./out } }
              {{guards}}
        """);

    private static async Task<string> RunAsync(TestProject project, int count, int code, params string[] arguments)
    {
        var result = (await project.Write("count", count.ToString()).RunAsync(arguments)).ShouldExitWith(code);
        return result.Output + result.Error;
    }

    private static List<string> Beside(TestProject project) => [.. Directory.EnumerateDirectories(project.Folder, ".out.*")];

    /// <summary>The bookmark; 0 when there is none.</summary>
    private static async Task<int> LastAsync(TestProject project)
    {
        var state = await project.FlexCoreAsync("state", "get", "p");
        return state.ExitCode == 2 ? 0 : state.ShouldExitWith(0).Json.GetProperty("load").GetProperty("last").GetInt32();
    }

    private static List<int> Ids(TestProject project) => [.. project.Received.Split('\n').Where(line => line.Contains("RECORD", StringComparison.Ordinal)).Select(line => JsonElement.Parse(line).GetProperty("record").GetProperty("id").GetInt32())];
}
