using System.Text.Json;

namespace FlexCore.EndToEnd;

/// <summary>Streams that are out of order, cut, repeated or hostile in their names: every record arrives, is kept as a dead letter, or fails the step aloud.</summary>
public sealed class BadStreamTests
{
    private const string Schema = """{"type": "SCHEMA", "stream": "s", "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}, "key_properties": ["id"]}""";
    private const string State = """{"type": "STATE", "value": {"last": 3}}""";

    /// <summary>In JSON escapes: a stream and a field named with a path, quotes, a newline, an ANSI escape, a C1 control and a direction override.</summary>
    private const string Hostile = """../a\"'/b\n\u001b[31m\u009b2J\u202e""";

    [Theory]
    [InlineData("whole stream twice", 0, 1, 2, 3, 4, 0, 1, 2, 3, 4)]
    [InlineData("schema last", 1, 2, 3, 4, 0)]
    [InlineData("state first", 4, 0, 1, 2, 3)]
    [InlineData("from behind", 4, 3, 2, 1, 0)]
    [InlineData("schema between", 1, 0, 2, 0, 3, 4)]
    public async Task Lines_in_any_order_are_delivered_or_kept_and_none_is_lost(string what, params int[] order)
    {
        string[] lines = [Schema, Record(1), Record(2), Record(3), State];
        using var project = Project(order.Select(index => lines[index]), "");
        (await project.RunAsync()).ShouldExitWith(0);
        project.Received.ShouldBe(string.Concat(order.Select(index => lines[index] + "\n")), what);

        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + Looking);
        File.Delete(project.PathOf("out/received"));
        (await project.RunAsync()).ShouldExitWith(0).Error.ShouldNotContain("FX9001");

        var letters = await ListAsync(project);
        letters.ShouldAllBe(letter => letter.GetProperty("reason").GetString() == "no-schema");
        (CountReceived(project) + letters.Count).ShouldBe(order.Count(index => index is > 0 and < 4), what);

        // The letters have no schema to send with them, and a target could not know what they are.
        if (letters.Count == 0) return;
        (await project.FlexCoreAsync("deadletters", "replay", "--all")).ShouldExitWith(1).Output.ShouldContain($"0 replayed, {letters.Count} still open");
        (CountReceived(project) + (await ListAsync(project)).Count).ShouldBe(order.Count(index => index is > 0 and < 4), what);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(150)]
    [InlineData(215)]
    [InlineData(1000)]
    public async Task Stream_that_is_cut_anywhere_fails_aloud_and_passes_no_half_line(int length)
    {
        using var project = Project([Schema, Record(1), Record(2), Record(3), State], "", $"[:{length}]");
        foreach (var more in (string[])["", Looking])
        {
            project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + more);
            var result = await project.RunAsync();

            result.ShouldExitWith(length == 1000 ? 0 : 1).Error.ShouldNotContain("FX9001");
            if (length != 1000) result.Error.ShouldContain("error[FX2002]");
            foreach (var line in project.Received.Split('\n', StringSplitOptions.RemoveEmptyEntries)) JsonDocument.Parse(line).Dispose();
        }
    }

    [Theory]
    [InlineData("off")]
    [InlineData("warn")]
    [InlineData("fail")]
    [InlineData("dead-letter")]
    public async Task Hostile_names_reach_no_terminal_as_they_are(string mode)
    {
        string[] lines =
        [
            Schema.Replace("\"s\"", $"\"{Hostile}\"", StringComparison.Ordinal).Replace("\"id\": {", $"\"{Hostile}\": {{", StringComparison.Ordinal),
            $$$"""{"type": "RECORD", "stream": "{{{Hostile}}}", "record": {"id": 1, "{{{Hostile}}}": "\u001b[2J"}}""",
            $$$"""{"type": "RECORD", "stream": "{{{Hostile}}}", "record": {"id": 1, "{{{Hostile}}}": 1, "{{{Hostile}}}": 2}}""",
            $$$"""{"type": "STATE", "value": {"{{{Hostile}}}": 1}}""",
        ];
        using var project = Project(lines, $"\n      validate: {mode}\n");

        List<CommandResult> results = [(await project.RunAsync()).ShouldExitWith(mode is "off" or "dead-letter" ? 0 : 1)];
        foreach (var command in (string[])["runs list", "runs show latest", "runs logs latest", "events list", "deadletters list", "state get p"]) results.Add((await project.FlexCoreAsync(command.Split(' '))).ShouldExitWith(command.StartsWith("state", StringComparison.Ordinal) && results[0].ExitCode == 1 ? 2 : 0));
        foreach (var letter in await ListAsync(project)) results.Add((await project.FlexCoreAsync("deadletters", "show", letter.GetProperty("id").GetString()!)).ShouldExitWith(0));

        results.Count.ShouldBe(mode == "dead-letter" ? 9 : 7);
        foreach (var text in results.Select(result => result.Output + result.Error))
            text.Where(c => (char.IsControl(c) && c is not ('\n' or '\t')) || c is '\u202e').ShouldBeEmpty(text);
        Directory.GetFileSystemEntries(Path.GetDirectoryName(project.Folder)!, "a\"*").ShouldBeEmpty();
    }

    [Fact]
    public async Task Line_of_a_mapper_that_is_too_long_is_put_aside_where_such_are_kept()
    {
        const string Program =
            """
            import sys
            for line in sys.stdin:
                print(line, end="")
                if '"id": 2' in line: print('{"type": "RECORD", "stream": "s", "record": {"id": 9, "x": "' + "x" * (20 << 20) + '"}}')
            """;
        using var project = Project([Schema, Record(1), Record(2), Record(3), State], "\n      through: [{ plugin: mine }]\n      validate: dead-letter\n").Plugin("mine", "mapper", Program);

        (await project.RunAsync()).ShouldExitWith(0);

        CountReceived(project).ShouldBe(3);
        var letter = (await ListAsync(project)).ShouldHaveSingleItem();
        (letter.GetProperty("reason").GetString(), letter.GetProperty("plugin").GetString(), letter.GetProperty("length").GetInt64() > 20 << 20).ShouldBe(("too-long", "mine", true));
    }

    [Fact]
    public async Task Letters_of_a_mapper_that_is_gone_stay_open_and_the_replay_says_why()
    {
        const string Through = "\n      through: [{ plugin: mine }, { map: { stream: s, cast: { name: integer } } }]\n      validate: dead-letter\n";
        var bad = Record(2).Replace("\"id\": 2", "\"id\": 2, \"name\": \"x\"", StringComparison.Ordinal);
        using var project = Project([Schema.Replace("{\"id\"", "{\"name\": {\"type\": \"string\"}, \"id\"", StringComparison.Ordinal), Record(1), bad], Through)
            .Plugin("mine", "mapper", "import sys\nfor line in sys.stdin: print(line, end='')");
        (await project.RunAsync()).ShouldExitWith(0);
        (await ListAsync(project)).ShouldHaveSingleItem().GetProperty("plugin").GetString().ShouldBe("mine");
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile).Replace(Through, "\n", StringComparison.Ordinal));

        var refused = (await project.FlexCoreAsync("deadletters", "replay", "--all")).ShouldExitWith(2);

        refused.Error.ShouldContain("error[FX1050]: step load of pipeline p has no mapper any more whose output goes on at stage 1");
        (await ListAsync(project)).Count.ShouldBe(1);
    }

    private const string Looking = "\n      through: [{ map: { stream: s, derive: { b: \"1\" } } }]\n      validate: dead-letter\n";

    private static TestProject Project(IEnumerable<string> lines, string more, string cut = "")
    {
        var project = new TestProject().Sync("import sys\nsys.stdout.buffer.write(open('lines', 'rb').read()" + cut + ")").Write("plugins/tap/lines", string.Concat(lines.Select(line => line + "\n")));
        return project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + more);
    }

    private static string Record(int id) => $$$$"""{"type": "RECORD", "stream": "s", "record": {"id": {{{{id}}}}}}""";

    private static int CountReceived(TestProject project) => project.Received.Split('\n').Count(line => line.Contains("RECORD", StringComparison.Ordinal));

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(TestProject project) => [.. (await project.FlexCoreAsync("deadletters", "list", "--json")).ShouldExitWith(0).Json.EnumerateArray()];
}
