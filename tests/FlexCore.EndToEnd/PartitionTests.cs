using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Syncs whose record streams several taps read at once, with one state.</summary>
public sealed class PartitionTests
{
    /// <summary>
    /// Streams a, b, c and d, as its catalog selects them: <c>end</c> records each, and a STATE behind every tenth. Its config can have all taps wait for one another, or one stream fail;
    /// <c>careless</c> reads streams that are not selected for it.
    /// </summary>
    private const string Tap =
        """
        import json, os, sys, time
        def load(option): return json.load(open(sys.argv[sys.argv.index(option) + 1]))
        config = load("--config")
        def schema(stream): return {"type": "object", "properties": {"id": {"type": "integer"}}, "selected": False}
        if "--discover" in sys.argv:
            print(json.dumps({"streams": [{"tap_stream_id": s, "stream": s, "schema": schema(s), "metadata": []} for s in "abcd"]}))
            sys.exit()
        selected = [s["tap_stream_id"] for s in load("--catalog")["streams"] if any(not m["breadcrumb"] and m["metadata"].get("selected") for m in s["metadata"])]
        state = load("--state") if "--state" in sys.argv else {}
        bookmarks = state.get("bookmarks", {})
        meeting = config.get("meeting")
        if meeting:
            # Whoever comes leaves a file, and goes on when all have come: taps that ran one after the other would wait for ever.
            open(os.path.join(meeting, "-".join(selected)), "w").close()
            limit = time.monotonic() + 30
            while len(os.listdir(meeting)) < config["taps"]:
                if time.monotonic() > limit: sys.exit("ERROR nobody else came")
                time.sleep(0.01)
        for s in (selected if not config.get("careless") else "abcd"):
            print(json.dumps({"type": "SCHEMA", "stream": s, "schema": schema(s), "key_properties": ["id"]}))
            for i in range(bookmarks.get(s, {}).get("last", 0) + 1, config["end"] + 1):
                print(json.dumps({"type": "RECORD", "stream": s, "record": {"id": i}}))
                if i % 10 and i != config["end"]: continue
                bookmarks[s] = {"last": i}
                print(json.dumps({"type": "STATE", "value": {"bookmarks": bookmarks, **config.get("more", {})}}), flush=True)
                if s == config.get("failing") and i == 50: time.sleep(600) if config.get("stays") else sys.exit("ERROR no more of " + s)
        """;

    /// <summary>Appends each stream to a file of its name, as real targets do, and gives back each STATE when what comes before it is written.</summary>
    private const string Target =
        """
        import json, os, sys
        path = json.load(open(sys.argv[sys.argv.index("--config") + 1]))["path"]
        files = {}
        for line in sys.stdin:
            message = json.loads(line)
            if message["type"] == "RECORD":
                if message["stream"] not in files: files[message["stream"]] = open(os.path.join(path, message["stream"]), "a")
                files[message["stream"]].write(str(message["record"]["id"]) + "\n")
            if message["type"] == "STATE":
                for file in files.values(): file.flush()
                print(json.dumps(message["value"]), flush=True)
        """;

    [Fact]
    public async Task Taps_run_at_once_each_with_its_streams_and_their_states_become_one()
    {
        using var project = Project("partitions: 4", """{ "end": 30, "meeting": MEETING, "taps": 4 }""");

        var step = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0];

        Directory.GetFiles(project.PathOf("meeting")).Select(Path.GetFileName).Order().ShouldBe(["a", "b", "c", "d"]);
        foreach (var stream in Streams) Ids(project, stream).ShouldBe(Enumerable.Range(1, 30));
        (await StateAsync(project)).ShouldBe("a30 b30 c30 d30");
        step.GetProperty("records").EnumerateObject().Select(stream => $"{stream.Name}{stream.Value}").Order().ShouldBe(["a30", "b30", "c30", "d30"]);
        step.GetProperty("plugins").EnumerateArray().Count(plugin => plugin.GetProperty("name").GetString() == "tap").ShouldBe(5, "one to discover and four to read");
    }

    [Fact]
    public async Task Of_one_partition_that_fails_the_others_go_on_and_the_next_run_goes_on_from_the_bookmark_of_each()
    {
        using var project = Project("partitions: 2", """{ "end": 100, "failing": "b" }""");

        var error = (await project.RunAsync("--json")).ShouldExitWith(1).Json.GetProperty("steps")[0].GetProperty("error").GetProperty("message").GetString()!;

        error.ShouldStartWith("partition 2 (b, d): tap ended with exit code 1; its last line: ERROR no more of b");
        (await StateAsync(project)).ShouldBe("a100 b50 c100");

        Write(project, "partitions: 3", """{ "end": 120 }""");
        await project.RunAsync();
        foreach (var stream in Streams) Ids(project, stream).ShouldBe(Enumerable.Range(1, 120), stream);
        (await StateAsync(project)).ShouldBe("a120 b120 c120 d120");
    }

    [Fact]
    public async Task Killed_in_the_middle_nothing_that_was_confirmed_is_lost_and_one_tap_alone_can_go_on()
    {
        using var project = Project("partitions: 4", """{ "end": 100, "failing": "b", "stays": true }""");
        await using (var run = project.StartFlexCore("run", "pipeline.yaml"))
        {
            await Until.TrueAsync(async () => await StateAsync(project) == "a100 b50 c100 d100", "three are at their end, and one stays");
            await run.SignalAsync("KILL");
            await run.EndAsync();
        }

        await Until.TrueAsync(() => !Processes.AnyMentions(project.Folder), "no process of the run is left");
        Write(project, "", """{ "end": 110 }""");
        (await project.RunAsync()).ShouldExitWith(0);
        foreach (var stream in Streams) Ids(project, stream).ShouldBe(Enumerable.Range(1, 110), stream);
        (await StateAsync(project)).ShouldBe("a110 b110 c110 d110");
    }

    [Fact]
    public async Task Cancelled_all_of_them_end()
    {
        using var project = Project("partitions: 2", """{ "end": 100, "failing": "b", "stays": true }""");
        await using var run = project.StartFlexCore("run", "pipeline.yaml");
        await Until.TrueAsync(async () => await StateAsync(project) == "a100 b50 c100", "one is at its end, and one stays");

        await run.SignalAsync("INT");

        (await run.EndAsync()).ShouldExitWith(130);
        Processes.AnyMentions(project.Folder).ShouldBeFalse();
        (await StateAsync(project)).ShouldBe("a100 b50 c100");
    }

    [Fact]
    public async Task Full_refresh_over_partitions_takes_its_place_only_when_all_have_succeeded()
    {
        using var project = Project("partitions: 4", """{ "end": 50 }""", shadow: true);
        (await project.RunAsync()).ShouldExitWith(0);
        Write(project, "partitions: 4", """{ "end": 60, "failing": "b" }""");

        (await project.RunAsync("--full-refresh")).ShouldExitWith(1);

        foreach (var stream in Streams) Ids(project, stream).ShouldBe(Enumerable.Range(1, 50), stream);
        (await StateAsync(project)).ShouldBe("a50 b50 c50 d50");

        Write(project, "partitions: 4", """{ "end": 20 }""");
        (await project.RunAsync("--full-refresh")).ShouldExitWith(0);
        foreach (var stream in Streams) Ids(project, stream).ShouldBe(Enumerable.Range(1, 20), stream);
        (await StateAsync(project)).ShouldBe("a20 b20 c20 d20");
        (await project.EventsAsync("--stream", "refresh-p.load"))[^1].GetProperty("data").GetProperty("records").EnumerateObject().Sum(stream => stream.Value.GetInt32()).ShouldBe(80);
    }

    [Fact]
    public async Task Several_targets_get_everything_and_the_oldest_of_each_partition_counts()
    {
        using var project = Project("partitions: 2", """{ "end": 100 }""");
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile)
            .Replace("target: { write: [./out] }", "target: { write: [./out] }, second: { write: [./out2] }", StringComparison.Ordinal)
            .Replace("to: { plugin: target, config: { path: ./out } }", "to: [{ plugin: target, config: { path: ./out } }, { plugin: second, config: { path: ./out2 } }]", StringComparison.Ordinal));

        // The second target dies of stream b, once.
        project.Plugin(
            "second", "target",
            Target.Replace("    if message[\"type\"] == \"STATE\":", "    if message.get(\"record\") == {\"id\": 45} and message[\"stream\"] == \"b\" and not os.path.exists(path + \"/died\"): open(path + \"/died\", \"w\"); sys.exit(3)\n    if message[\"type\"] == \"STATE\":", StringComparison.Ordinal),
            "capabilities: { write: [\"${config.path}\"] }");

        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain("partition 2 (b, d): second ended with exit code 3");
        (await StateAsync(project)).ShouldStartWith("a100 ");
        (await project.RunAsync()).ShouldExitWith(0);

        (await StateAsync(project)).ShouldBe("a100 b100 c100 d100");
        foreach (var stream in Streams)
        {
            Ids(project, stream).Distinct().ShouldBe(Enumerable.Range(1, 100), stream);
            Ids(project, stream, "out2").Distinct().ShouldBe(Enumerable.Range(1, 100), stream);
        }

        var version = (await project.EventsAsync("--stream", "state-p.load")).Count;
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.EventsAsync("--stream", "state-p.load")).Count.ShouldBe(version, "a run that finds nothing new moves nothing");
    }

    [Fact]
    public async Task Too_many_dead_letters_are_counted_over_all_partitions()
    {
        using var project = Project("partitions: 4\n      validate: { mode: dead-letter, max_dead: 5 }\n      through: [{ map: { stream: \"*\", derive: { half: \"1 / (id - 10)\" } } }]", """{ "end": 20 }""");
        var step = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0];
        step.GetProperty("streams").EnumerateObject().Sum(stream => stream.Value.GetProperty("dead").GetInt32()).ShouldBe(4, "one of each stream");

        Write(project, "partitions: 4\n      validate: { mode: dead-letter, max_dead: 3 }\n      through: [{ map: { stream: \"*\", derive: { half: \"1 / (id - 30)\" } } }]", """{ "end": 40 }""");
        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain("more than 3 records became dead letters");
    }

    [Fact]
    public async Task Tap_that_does_not_keep_to_its_catalog_is_told_before_anything_is_written_twice()
    {
        using var project = Project("partitions: 2", """{ "end": 10, "careless": true }""");

        var failed = (await project.RunAsync()).ShouldExitWith(1);

        failed.Error.ShouldContain("is of stream 'b', which another partition reads: a tap that does not keep to its catalog cannot be partitioned");
        (Ids(project, "b").Count + Ids(project, "a").Count).ShouldBeLessThanOrEqualTo(20);
    }

    [Fact]
    public async Task Bookmark_of_the_whole_tap_stays_until_all_partitions_say_the_same()
    {
        using var project = Project("partitions: 2", """{ "end": 10, "more": { "version": 1 } }""");
        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldNotContain("belongs to no record stream");
        (await project.FlexCoreAsync("state", "get", "p", "load", "--json")).Json.GetProperty("load").GetProperty("version").GetInt32().ShouldBe(1);

        project.Write("plugins/tap/plugin.py", File.ReadAllText(project.PathOf("plugins/tap/plugin.py")).Replace("**config.get(\"more\", {})", "\"version\": len(selected[0]) + ord(selected[0])", StringComparison.Ordinal));
        Write(project, "partitions: 2", """{ "end": 20 }""");
        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldContain("'version' in the state of tap belongs to no record stream, and partitions do not agree on it");
        (await project.FlexCoreAsync("state", "get", "p", "load", "--json")).Json.GetProperty("load").GetProperty("version").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task What_belongs_together_stays_together_and_validate_and_show_tell()
    {
        using var project = Project("partitions: { taps: 8, together: [[a, \"[cd]\"], [c, d]] }", """{ "end": 10, "meeting": MEETING, "taps": 3 }""");
        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain("partitions.together: '[cd]' matches none of: a, b, c, d");

        Write(project, "partitions: { taps: 8, together: [[c, d*]] }", """{ "end": 10, "meeting": MEETING, "taps": 3 }""");
        (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(0).Output.ShouldContain("load: record streams over at most 8 taps at once; together: c, d*");
        (await project.RunAsync()).ShouldExitWith(0);
        Directory.GetFiles(project.PathOf("meeting")).Select(Path.GetFileName).Order().ShouldBe(["a", "b", "c-d"]);
        (await project.FlexCoreAsync("pipeline", "show", "p")).Output.ShouldContain("load  tap → target, over 8 taps");
    }

    private static IEnumerable<string> Streams => ["a", "b", "c", "d"];

    private static TestProject Project(string partitions, string config, bool shadow = false)
    {
        var project = new TestProject().Sync(Tap, Target, "singer: { discover: true }\ncapabilities: { write: [\"${config.meeting}\"] }", shadow ? "shadow: \"${config.path}\"" : "");
        Directory.CreateDirectory(project.PathOf("meeting"));
        Write(project, partitions, config);
        return project;
    }

    private static void Write(TestProject project, string partitions, string config) => project.Write(
        "pipeline.yaml",
        $$"""
        name: p
        grants: { tap: { write: [./meeting] }, target: { write: [./out] } }
        steps:
          - id: load
            sync:
              from: { plugin: tap, config: {{config.Replace("MEETING", "./meeting", StringComparison.Ordinal)}}, select: ["*"] }
              to: { plugin: target, config: { path: ./out } }
              {{partitions}}
        """);

    private static List<int> Ids(TestProject project, string stream, string folder = "out") =>
        File.Exists(project.PathOf($"{folder}/{stream}")) ? [.. File.ReadAllLines(project.PathOf($"{folder}/{stream}")).Select(int.Parse)] : [];

    /// <summary>The last of every stream, such as <c>a10 b20</c>.</summary>
    private static async Task<string> StateAsync(TestProject project)
    {
        var state = await project.FlexCoreAsync("state", "get", "p", "load", "--json");
        return state.ExitCode == 0 ? Show(state.Json.GetProperty("load").GetProperty("bookmarks")) : "";
    }

    private static string Show(JsonElement bookmarks) => string.Join(' ', bookmarks.EnumerateObject().OrderBy(bookmark => bookmark.Name, StringComparer.Ordinal).Select(bookmark => $"{bookmark.Name}{bookmark.Value.GetProperty("last")}"));
}
