using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>A bad record never ends a sync unless the pipeline says so, and is never lost.</summary>
public sealed class DeadLetterTests
{
    private const string Schema = """{"type": "SCHEMA", "stream": "s", "schema": {"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}, "name": {"type": "string"}}, "required": ["id"]}, "key_properties": ["id"]}""";

    private static readonly string Tap = Prints(Schema, Record("1, \"name\": \"one\""), Record("-5, \"name\": \"private\""), Record("\"x\""), Record("4"), """{"type": "STATE", "value": {"last": 4}}""");

    [Fact]
    public async Task Records_that_do_not_fit_their_schema_are_kept_and_the_others_arrive()
    {
        using var project = Project(Tap, "validate: dead-letter");

        var run = (await project.RunAsync("--json")).ShouldExitWith(0).Json;

        project.Received.Split('\n').Count(line => line.Contains("RECORD", StringComparison.Ordinal)).ShouldBe(2);
        var step = run.GetProperty("steps")[0];
        (step.GetProperty("dead_letters").GetInt32(), step.GetProperty("streams").GetProperty("s").GetProperty("in").GetInt32(), step.GetProperty("records").GetProperty("s").GetInt32()).ShouldBe((2, 4, 2));
        step.GetProperty("state").GetProperty("last").GetInt32().ShouldBe(4);

        var letters = await ListAsync(project);
        letters.Select(letter => (Text(letter, "reason"), Text(letter, "message"), Text(letter, "schema_path"))).ShouldBe(
        [
            ("invalid", "line 3: record/id must be >= 1", "/properties/id/minimum"),
            ("invalid", "line 4: record/id must be a whole number", "/properties/id/type"),
        ]);
        (Text(letters[0], "pipeline"), Text(letters[0], "step"), letters[0].GetProperty("attempt").GetInt32(), Text(letters[0], "plugin"), Text(letters[0], "run_id"))
            .ShouldBe(("p", "load", 1, "tap", run.GetProperty("run_id").GetString()));

        var shown = (await project.FlexCoreAsync("deadletters", "show", Text(letters[0], "id")![^12..], "--json")).ShouldExitWith(0).Json;
        (Text(shown, "raw"), Text(shown, "schema")).ShouldBe((Record("-5, \"name\": \"private\""), Schema));
        (await project.FlexCoreAsync("deadletters", "list", "--run", "latest")).ShouldExitWith(0).Output.ShouldNotContain("private");
    }

    [Theory]
    [InlineData("off", 0, 4)]
    [InlineData("warn", 0, 4)]
    [InlineData("fail", 1, 1)]
    public async Task Pipeline_says_what_happens_to_records_that_do_not_fit(string mode, int exitCode, int received)
    {
        using var project = Project(Tap, $"validate: {mode}");

        var result = await project.RunAsync();

        result.ShouldExitWith(exitCode);
        project.Received.Split('\n').Count(line => line.Contains("RECORD", StringComparison.Ordinal)).ShouldBe(received);
        if (mode == "warn") result.Error.ShouldContain("warning: tap, stream s, line 3: record/id must be >= 1");
        if (mode == "fail") result.Error.ShouldContain("error[FX2015]: step load: tap, stream s, line 3: record/id must be >= 1");
        (await ListAsync(project)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("max_dead: 1", "more than 1 records became dead letters (validate.max_dead)")]
    [InlineData("max_percent: 49.5", "2 of 4 records became dead letters, more than 49.5 % (validate.max_percent)")]
    public async Task Too_many_dead_letters_fail_the_step_and_are_kept_all_the_same(string limit, string message)
    {
        using var project = Project(Tap, $"validate: {{ mode: dead-letter, {limit} }}");

        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldContain($"error[FX2019]: step load: {message}");

        (await ListAsync(project)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Records_that_a_map_cannot_change_are_replayed_once_the_map_can()
    {
        const string Strict = "through: [{ map: { stream: s, cast: { name: integer } } }]\n      validate: dead-letter";
        using var project = Project(Prints(Schema.Replace("\"string\"", "[\"string\", \"integer\"]", StringComparison.Ordinal), Record("1, \"name\": \"12\""), Record("2, \"name\": \"not a number\"")), Strict);
        (await project.RunAsync()).ShouldExitWith(0);
        project.Received.ShouldContain("\"name\":12");
        var letter = (await ListAsync(project)).ShouldHaveSingleItem();
        (Text(letter, "reason"), Text(letter, "message")!.Contains("name", StringComparison.Ordinal)).ShouldBe(("unmappable", true));

        // As the map is, it cannot go through again, and stays.
        (await project.FlexCoreAsync("deadletters", "replay", "--all")).ShouldExitWith(1).Output.ShouldContain("0 replayed, 1 still open");
        (await ListAsync(project)).Count.ShouldBe(1);

        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace("cast: { name: integer }", "rename: { name: label }", StringComparison.Ordinal));
        var replay = (await project.FlexCoreAsync("deadletters", "replay", "--all", "--json")).ShouldExitWith(0).Json;

        replay.GetProperty("replayed").GetInt32().ShouldBe(1);
        project.Received.ShouldContain("\"label\":\"not a number\"");
        (await ListAsync(project)).ShouldBeEmpty();
        var ended = (await ListAsync(project, "--status", "replayed")).ShouldHaveSingleItem();
        (await project.FlexCoreAsync("runs", "list")).ShouldExitWith(0).Output.ShouldContain("  succeeded, replays 1 dead letter  ");
        Text(ended, "replayed_by").ShouldBe(replay.GetProperty("runs")[0].GetProperty("run_id").GetString());
        (await project.EventTypesAsync("--category", "deadletter")).ShouldBe(["DeadLettersReplayed"]);
        (await project.EventTypesAsync("--type", "StateCommitted")).ShouldBeEmpty("a replay moves no state");
    }

    [Fact]
    public async Task Letter_that_fails_again_behind_a_mapper_is_told_as_a_new_one()
    {
        using var project = Project(Prints(Schema, Record("-5, \"name\": \"x\"")), "through: [{ plugin: same }, { map: { stream: s, cast: { name: integer } } }]\n      validate: dead-letter")
            .Plugin("same", "mapper", "import sys\nfor line in sys.stdin: print(line, end='')");
        (await project.RunAsync()).ShouldExitWith(0);

        var replay = (await project.FlexCoreAsync("deadletters", "replay", "--all", "--json")).ShouldExitWith(1).Json;

        (replay.GetProperty("replayed").GetInt32(), replay.GetProperty("still_open").GetInt32(), replay.GetProperty("anew").GetInt32()).ShouldBe((1, 0, 1));
        (await ListAsync(project)).Select(letter => (Text(letter, "plugin"), Text(letter, "reason"))).ShouldBe([("same", "unmappable")]);
        (await project.FlexCoreAsync("deadletters", "replay", "--all")).ShouldExitWith(1).Output.ShouldContain("0 replayed, 1 still open, 0 not replayable (cut or masked)\n");
    }

    [Theory]
    [InlineData("--reason", "nonsense", "--reason nonsense: it must be one of invalid, unmappable, too-long, unreadable, no-schema")]
    [InlineData("--status", "gone", "--status gone: it must be one of open, replayed, discarded, all")]
    [InlineData("--after", "zz", "--after zz: it must be the whole id of a dead letter")]
    public async Task Option_that_is_not_understood_is_told_in_plain_words(string option, string value, string message)
    {
        using var project = Project(Tap, "validate: dead-letter");

        (await project.FlexCoreAsync("deadletters", "list", option, value)).ShouldExitWith(2).Error.ShouldContain($"error[FX1001]: {message}\n");
    }

    [Fact]
    public async Task List_of_all_says_where_each_is_and_that_there_are_more()
    {
        using var project = Project(Tap, "validate: dead-letter");
        (await project.RunAsync()).ShouldExitWith(0);
        var id = Text((await ListAsync(project))[0], "id")!;
        (await project.FlexCoreAsync("deadletters", "discard", id)).ShouldExitWith(0);

        var first = (await project.FlexCoreAsync("deadletters", "list", "--status", "all", "--limit", "1")).ShouldExitWith(0);
        first.Output.ShouldMatch($@"STREAM +STATUS +REASON +WHY\n{id} .* s +discarded +invalid ");
        first.Error.ShouldBe($"there are more: go on with --after {id}, or raise --limit\n");

        var rest = (await project.FlexCoreAsync("deadletters", "list", "--status", "all", "--after", id, "--limit", "1")).ShouldExitWith(0);
        (rest.Output.Contains(" open ", StringComparison.Ordinal), rest.Error).ShouldBe((true, ""));
    }

    [Fact]
    public async Task Replay_of_all_goes_on_behind_a_pipeline_whose_file_is_gone()
    {
        using var project = Project(Tap, "validate: dead-letter");
        project.Write("away.yaml", File.ReadAllText(project.PipelineFile).Replace("name: p", "name: away", StringComparison.Ordinal));
        (await project.FlexCoreAsync("run", "away.yaml")).ShouldExitWith(0);
        (await project.RunAsync()).ShouldExitWith(0);
        File.Delete(project.PathOf("away.yaml"));

        var result = (await project.FlexCoreAsync("deadletters", "replay", "--all", "--json")).ShouldExitWith(1);

        (result.Json.GetProperty("replayed").GetInt32(), result.Json.GetProperty("still_open").GetInt32()).ShouldBe((2, 2));
        Text(result.Json.GetProperty("errors")[0], "code").ShouldBe("FX1002");
        (await project.FlexCoreAsync("deadletters", "replay", "--all")).ShouldExitWith(2).Error.ShouldContain("error[FX1002]: ");
        (await ListAsync(project)).Select(letter => Text(letter, "pipeline")).ShouldBe(["away", "away"]);
    }

    [Fact]
    public async Task Replay_whose_target_fails_leaves_the_letters_open()
    {
        using var project = Project(Tap, "validate: dead-letter");
        (await project.RunAsync()).ShouldExitWith(0);
        project.Plugin("target", "target", "import sys; sys.stdin.readline(); sys.exit('ERROR away')", "capabilities: { write: [\"${config.path}\"] }");

        (await project.FlexCoreAsync("deadletters", "replay", "--pipeline", "p", "--all")).ShouldExitWith(1);

        (await ListAsync(project)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Discarded_letters_are_gone_from_the_disk_and_stay_on_record()
    {
        using var project = Project(Tap, "validate: dead-letter");
        (await project.RunAsync()).ShouldExitWith(0);
        var id = Text((await ListAsync(project))[0], "id")!;

        (await project.FlexCoreAsync("deadletters", "discard", id)).ShouldExitWith(0).Output.ShouldContain("1 dead letter discarded");

        (await ListAsync(project)).Count.ShouldBe(1);
        Text((await project.FlexCoreAsync("deadletters", "show", id, "--json")).ShouldExitWith(0).Json, "status").ShouldBe("discarded");
        Directory.GetFiles(project.PathOf(".flexcore"), "deadletters.db*").ShouldAllBe(file => !File.ReadAllText(file).Contains("private"));
        (await project.EventsAsync("--type", "DeadLettersDiscarded")).ShouldHaveSingleItem().GetProperty("data").GetProperty("letters")[0].GetString().ShouldBe(id);
    }

    [Fact]
    public async Task Secrets_in_a_dead_letter_are_masked_and_it_cannot_be_replayed()
    {
        using var project = Project(Prints(Schema, Record("-1, \"name\": \"hunter2-secret\"")), "validate: dead-letter", from: ", config: { password: hunter2-secret }", tapMore: "config: config.schema.json");
        project.Write("plugins/tap/config.schema.json", """{"type": "object", "properties": {"password": {"type": "string", "writeOnly": true}}}""");
        (await project.RunAsync()).ShouldExitWith(0);

        var shown = (await project.FlexCoreAsync("deadletters", "show", Text((await ListAsync(project))[0], "id")!)).ShouldExitWith(0).Output;
        shown.ShouldContain("***");
        shown.ShouldNotContain("hunter2");
        (await project.FlexCoreAsync("deadletters", "replay", "--all")).ShouldExitWith(1).Output.ShouldContain("1 not replayable");
        Directory.GetFiles(project.PathOf(".flexcore"), "*.db*").ShouldAllBe(file => !File.ReadAllText(file).Contains("hunter2"));
    }

    [Fact]
    public async Task Record_over_the_line_limit_is_kept_with_its_first_64_KiB()
    {
        var big = "print('{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"id\": 2, \"name\": \"' + 'x' * 2000000 + '\"}}')";
        using var project = Project($"{Prints(Schema, Record("1"))}\n{big}\n{Prints(Record("3"))}", "validate: dead-letter", tapMore: "limits: { line: 1MiB }");

        (await project.RunAsync()).ShouldExitWith(0);

        project.Received.Split('\n').Count(line => line.Contains("RECORD", StringComparison.Ordinal)).ShouldBe(2);
        var letter = (await ListAsync(project)).ShouldHaveSingleItem();
        (Text(letter, "reason"), letter.GetProperty("kept").GetInt32(), letter.GetProperty("replayable").GetBoolean()).ShouldBe(("too-long", 64 * 1024, false));
        Text(letter, "message").ShouldBe("line 3: longer than the limit of 1048576 bytes");
        letter.GetProperty("length").GetInt32().ShouldBeGreaterThan(2_000_000);
    }

    [Fact]
    public async Task Schema_that_changes_in_the_middle_holds_from_there_on()
    {
        var looser = Schema.Replace("\"minimum\": 1", "\"minimum\": -10", StringComparison.Ordinal);
        using var project = Project(Prints(Schema, Record("-1"), looser, Record("-2")), "validate: dead-letter");

        (await project.RunAsync()).ShouldExitWith(0);

        project.Received.ShouldContain(Record("-2"));
        (await ListAsync(project)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"type": "SCHEMA", "stream": "s", "schema": {"type": "strin"}}""", "FX2018", "cannot be used to validate")]
    [InlineData("""{"type": "SCHEMA", "stream": "s", "schema": {"$ref": "http://127.0.0.1:9/x"}}""", "FX2018", "never fetched")]
    [InlineData("""{"type": "BATCH", "stream": "s", "manifest": ["file:///tmp/x"], "encoding": {}}""", "FX2020", "is a BATCH")]
    public async Task Message_that_validation_cannot_use_fails_the_step(string message, string code, string reason)
    {
        using var project = Project(Prints(message), "validate: dead-letter");

        (await project.RunAsync()).ShouldExitWith(1).Error.ShouldMatch($@"error\[{code}\].*{reason}");
    }

    private static TestProject Project(string tap, string more, string from = "", string tapMore = "")
    {
        var project = new TestProject().Sync(tap, from: from, tapMore: tapMore);
        return project.Write("pipeline.yaml", $"{File.ReadAllText(project.PipelineFile)}\n      {more}\n");
    }

    private static string Record(string id) => $$$"""{"type": "RECORD", "stream": "s", "record": {"id": {{{id}}}}}""";

    private static string Prints(params string[] lines) => string.Join('\n', lines.Select(line => $"print('{line}')"));

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(TestProject project, params string[] more) =>
        [.. (await project.FlexCoreAsync(["deadletters", "list", "--json", .. more])).ShouldExitWith(0).Json.EnumerateArray()];

    private static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();
}
