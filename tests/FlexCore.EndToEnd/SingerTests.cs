using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>The Singer protocol, as a tap and a target see it.</summary>
public sealed class SingerTests
{
    private const string DiscoveringTap =
        """
        import json, sys
        args = sys.argv[1:]
        catalog = {"streams": [{"tap_stream_id": "orders", "stream": "orders", "schema": {"type": "object", "properties": {"id": {"type": "integer"}, "total": {"type": "number"}, "card": {"type": "string"}}},
          "metadata": [{"breadcrumb": ["properties", "id"], "metadata": {"inclusion": "automatic"}}]},
          {"tap_stream_id": "other", "stream": "other", "schema": {"type": "object", "properties": {"x": {"type": "integer"}}}, "metadata": []}]}
        if "--discover" in args:
            print(json.dumps(catalog)); sys.exit()
        option = next((a for a in args if a in ("--catalog", "--properties")), None)
        given = json.load(open(args[args.index(option) + 1])) if option else None
        print(json.dumps({"type": "RECORD", "stream": "seen", "record": {"option": option, "catalog": given, "argv": args, "config": json.load(open(args[args.index("--config") + 1])), "state": json.load(open(args[args.index("--state") + 1])) if "--state" in args else None}}))
        print('{"type": "STATE", "value": {"bookmark": 1}}')
        """;

    [Fact]
    public async Task Selection_is_written_into_the_catalogs_metadata()
    {
        using var project = new TestProject().Sync(DiscoveringTap, from: ", select: [\"orders.*\", \"!orders.card\"]");
        (await project.RunAsync()).ShouldExitWith(0);
        var record = Seen(project);
        record.GetProperty("option").GetString().ShouldBe("--catalog");
        var streams = record.GetProperty("catalog").GetProperty("streams");
        Selected(streams[0]).ShouldBe(true);
        Selected(streams[0], "id").ShouldBe(true);
        Selected(streams[0], "total").ShouldBe(true);
        Selected(streams[0], "card").ShouldBe(false);
        Selected(streams[1]).ShouldBe(false);
    }

    [Fact]
    public async Task Tap_of_the_older_kind_gets_its_catalog_as_properties()
    {
        using var project = new TestProject().Sync(DiscoveringTap, tapMore: "singer: { catalog: properties }", from: ", select: [orders]");
        (await project.RunAsync()).ShouldExitWith(0);
        Seen(project).GetProperty("option").GetString().ShouldBe("--properties");
    }

    [Fact]
    public async Task Without_selection_a_tap_is_not_asked_to_discover()
    {
        using var project = new TestProject().Sync(DiscoveringTap);
        (await project.RunAsync()).ShouldExitWith(0);
        Seen(project).GetProperty("option").ValueKind.ShouldBe(JsonValueKind.Null);
        (await project.EventTypesAsync("--type", "PluginExecutionStarted")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Discovery_is_done_once_for_a_plugin_and_its_config()
    {
        using var project = new TestProject().Sync(DiscoveringTap, from: ", select: [orders]");
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.EventTypesAsync("--type", "PluginExecutionStarted")).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Selection_that_fits_nothing_fails_and_lists_what_there_is()
    {
        using var project = new TestProject().Sync(DiscoveringTap, from: ", select: [ordres]");
        var result = (await project.RunAsync()).ShouldExitWith(1);
        result.Error.ShouldContain("error[FX2012]");
        result.Error.ShouldContain("matches none of: orders, other");
    }

    [Fact]
    public async Task Tap_that_cannot_discover_is_an_error_only_where_selection_needs_it()
    {
        using var project = new TestProject().Sync(TestProject.SmallTap, tapMore: "singer: { discover: false }", from: ", select: [s]");
        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain("error[FX2012]");
    }

    [Fact]
    public async Task Config_and_state_are_files_that_no_argument_and_no_variable_reveals()
    {
        const string Canary = "canary-8f3a91";
        using var project = new TestProject().Sync(
            "import os, time\nopen('/run/flexcore/work/environ', 'w').write(repr(dict(os.environ)))\n" + DiscoveringTap + "\nimport time; time.sleep(0.5)", from: $", config: {{ password: {Canary} }}");
        await using var running = project.StartFlexCore("run", "pipeline.yaml");
        var leaked = false;
        var looking = Task.Run(LookAsync, TestContext.Current.CancellationToken);
        (await running.EndAsync()).ShouldExitWith(0);
        await looking;
        leaked.ShouldBeFalse();
        var record = Seen(project);
        record.GetProperty("config").GetProperty("password").GetString().ShouldBe(Canary);
        record.GetProperty("argv").GetRawText().ShouldNotContain(Canary);

        async Task LookAsync()
        {
            while (!running.ErrorSoFar.Contains("load: succeeded", StringComparison.Ordinal))
            {
                leaked |= Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])).Any(folder => Read(folder, "cmdline") || Read(folder, "environ"));
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }

        static bool Read(string process, string file)
        {
            try
            {
                return Path.GetFileName(process) != Environment.ProcessId.ToString() && File.ReadAllText(Path.Combine(process, file)).Contains(Canary, StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Fields_marked_secret_appear_in_no_event_no_log_and_no_error()
    {
        const string Canary = "canary-77b2c4";
        using var project = new TestProject()
            .Sync("import json, sys\nc = json.load(open(sys.argv[sys.argv.index('--config') + 1]))\nprint('INFO connecting with ' + c['password'], file=sys.stderr)\nsys.exit('ERROR bad password ' + c['password'])", tapMore: "config: schema.json", from: $", config: {{ password: {Canary} }}")
            .Write("plugins/tap/schema.json", """{"properties": {"password": {"type": "string", "writeOnly": true}}}""");
        var result = (await project.RunAsync()).ShouldExitWith(1);
        result.Error.ShouldContain("bad password ***");
        (result.Error + result.Output).ShouldNotContain(Canary);
        foreach (var file in Directory.EnumerateFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories))
            File.ReadAllText(file, System.Text.Encoding.Latin1).ShouldNotContain(Canary, Case.Sensitive, file);
    }

    [Fact]
    public async Task Secret_of_several_lines_is_hidden_in_logs_output_and_definition_alike()
    {
        using var project = new TestProject()
            .Task(
                "import json, os\np = json.load(open(0))['input']['key']\nprint(p)\nprint(json.dumps({'k': p}))\njson.dump({'leak': [p]}, open(os.environ['FLEXCORE_OUTPUT'], 'w'))",
                "config: schema.json",
                "{ plugin: job, input: { key: \"${vars.key}\" } }")
            .Write("plugins/job/schema.json", """{"properties": {"key": {"writeOnly": true}}}""");
        File.AppendAllText(project.PipelineFile, "vars: { key: \"canary-first\\ncanary-second\" }\n");
        var result = (await project.RunAsync("--json")).ShouldExitWith(0);
        (result.Output + result.Error).ShouldNotContain("canary");
        foreach (var file in Directory.EnumerateFiles(project.PathOf(".flexcore"), "*", SearchOption.AllDirectories))
            File.ReadAllText(file, System.Text.Encoding.Latin1).ShouldNotContain("canary", Case.Sensitive, file);
    }

    [Fact]
    public async Task Every_kind_of_message_arrives_as_it_was_written()
    {
        string[] lines =
        [
            """{"type": "SCHEMA", "stream": "s", "schema": {"type": "object"}, "key_properties": []}""",
            """{"stream":"s","record":{"a":1.10,"b":"é\u00e9 😀"},"type":"RECORD","time_extracted":"2026-01-01T00:00:00Z"}""",
            """  {"type":"RECORD","stream":"s","record":{"n":123456789012345678901234567890.000000000000000001}}  """,
            """{"type": "ACTIVATE_VERSION", "stream": "s", "version": 7}""",
            """{"type": "BATCH", "stream": "s", "encoding": {"format": "jsonl", "compression": "gzip"}, "manifest": ["file:///work/x.gz"]}""",
            """{"type": "SOMETHING_NEW", "x": [1, {"y": null}]}""",
            """{"type": "STATE", "value": {"k": "v"}}""",
        ];
        using var project = new TestProject()
            .Sync("import sys; sys.stdout.buffer.write(open('lines.jsonl', 'rb').read())")
            .Write("plugins/tap/lines.jsonl", string.Join('\n', lines) + "\n");
        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json;
        project.Received.ShouldBe(string.Join('\n', lines) + "\n");
        run.GetProperty("steps")[0].GetProperty("records").GetProperty("s").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task Batch_files_pass_through_the_folder_that_a_steps_plugins_share()
    {
        using var project = new TestProject().Sync(
            "import os\nopen(os.environ['FLEXCORE_WORK'] + '/b.jsonl', 'w').write('{\"id\": 1}\\n')\nprint('{\"type\": \"BATCH\", \"stream\": \"s\", \"encoding\": {\"format\": \"jsonl\"}, \"manifest\": [\"file://%s/b.jsonl\"]}' % os.environ['FLEXCORE_WORK'])",
            "import json, sys\nc = json.load(open(sys.argv[2]))\nm = json.loads(sys.stdin.readline())\nopen(c['path'] + '/received', 'w').write(open(m['manifest'][0][7:]).read())");
        (await project.RunAsync()).ShouldExitWith(0);
        project.Received.ShouldBe("{\"id\": 1}\n");
        Directory.EnumerateFileSystemEntries(project.PathOf(".flexcore/work")).ShouldBeEmpty();
    }

    [Fact]
    public async Task State_that_was_committed_is_given_to_the_next_run_unless_it_is_a_full_refresh()
    {
        using var project = new TestProject().Sync(DiscoveringTap);
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
        (await project.RunAsync("--full-refresh")).ShouldExitWith(0);
        Records(project).Select(record => record.GetProperty("state").GetRawText()).ShouldBe(["null", "{\"bookmark\": 1}", "null"]);
        (await project.FlexCoreAsync("state", "get", "p", "--json")).ShouldExitWith(0).Json.GetProperty("load").GetProperty("bookmark").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("INFO all is well", "info")]
    [InlineData("2026-01-01 10:00:00 | WARNING | tap | slow", "warning")]
    [InlineData("{\"level\": \"error\", \"msg\": \"x\"}", "error")]
    public async Task Lines_on_stderr_are_kept_with_their_level(string line, string level)
    {
        using var project = new TestProject().Write("line.txt", line).Sync($"import sys; print({JsonSerializer.Serialize(line)}, file=sys.stderr)");
        (await project.RunAsync()).ShouldExitWith(0);
        var logged = (await project.FlexCoreAsync("runs", "logs", "latest", "--json")).ShouldExitWith(0).Json[0];
        logged.GetProperty("level").GetString().ShouldBe(level);
        logged.GetProperty("message").GetString().ShouldBe(line);
    }

    private static JsonElement Seen(TestProject project) => Records(project)[0];

    private static List<JsonElement> Records(TestProject project) =>
    [
        .. project.Received.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(message => message.GetProperty("type").GetString() == "RECORD")
            .Select(message => message.GetProperty("record")),
    ];

    private static bool Selected(JsonElement stream, params string[] property) =>
        stream.GetProperty("metadata").EnumerateArray()
            .Single(entry => entry.GetProperty("breadcrumb").EnumerateArray().Select(part => part.GetString()).SequenceEqual(property.SelectMany(name => new[] { "properties", name })))
            .GetProperty("metadata").GetProperty("selected").GetBoolean();
}
