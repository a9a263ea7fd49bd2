namespace FlexCore.EndToEnd;

/// <summary>Whatever comes through a tap, a mapper or a target's output: it passes, is put aside, or fails the step with its place named.</summary>
public sealed class BadRecordTests
{
    private const string Schema = """print('{"type": "SCHEMA", "stream": "s", "schema": {"type": "object", "properties": {"id": {}, "a": {}}}, "key_properties": ["id"]}', flush=True)""";

    /// <summary>A line in Python, what becomes of it when nobody looks into records, and when somebody does.</summary>
    public static TheoryData<string, string, string, string> Lines() => new()
    {
        { "empty line", "b''", "protocol", "protocol" },
        { "one byte", "b'{'", "protocol", "protocol" },
        { "NUL", "b'\\x00'", "protocol", "protocol" },
        { "invalid UTF-8", "record(b'\"\\xc3\\x28\"')", "protocol", "protocol" },
        { "byte order mark", "b'\\xef\\xbb\\xbf' + record(b'1')", "protocol", "protocol" },
        { "CRLF", "record(b'1') + b'\\r'", "passes", "passes" },
        { "lone surrogate", "record(b'\"\\\\ud800\"')", "passes", "dead" },
        { "duplicate key", "record(b'1, \"a\": 2')", "passes", "dead" },
        { "depth 10,000", "record(b'[' * 10000 + b']' * 10000)", "passes", "dead" },
        { "a million keys", "record(b'{' + b','.join(b'\"%x\":0' % i for i in range(10**6)) + b'}')", "passes", "passes" },
        { "NaN", "record(b'NaN')", "passes", "dead" },
        { "1e999999", "record(b'1e999999')", "passes", "passes" },
        { "-0, 2^63, 30 digits", "record(b'[-0, 9223372036854775808, 123456789012345678901234567890]')", "passes", "passes" },
        { "years 0 and 9999, a leap second", "record(b'[\"0000-01-01\", \"9999-12-31T23:59:60Z\"]')", "passes", "passes" },
        { "emoji, right to left, zero width, combining", "record('\"🙂 \u202e אב \u200b e\u0301\"'.encode())", "passes", "passes" },
        { "line of 100 MiB", "record(b'\"' + b'x' * (100 << 20) + b'\"')", "limit", "dead" },
        { "line of 10 MiB", "record(b'\"' + b'x' * (10 << 20) + b'\"')", "passes", "passes" },
        { "stream name with path, quotes, newline, ANSI escape", "b'{\"type\": \"RECORD\", \"stream\": \"../x\\\\\"\\\\n\\\\u001b[2J\", \"record\": {\"id\": 1}}'", "passes", "dead" },
        { "record that is no object", "b'{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": 5}'", "passes", "dead" },
        { "array instead of a message", "b'[1, 2]'", "protocol", "protocol" },
        { "message without a stream", "b'{\"type\": \"RECORD\", \"record\": {}}'", "protocol", "protocol" },
        { "type that nobody knows", "b'{\"type\": \"NEWS\", \"x\": 1}'", "passes", "passes" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Line_of_a_tap_passes_or_is_refused_as_documented(string what, string line, string untouched, string looked)
    {
        using var project = new TestProject().Sync(Writes(line), Counting);
        await ShouldEndAsync(project, what, untouched);
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + "\n      through: [{ map: { stream: s, derive: { b: \"1\" } } }]\n      validate: dead-letter\n");
        await ShouldEndAsync(project, what, looked);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Line_of_a_mapper_passes_or_is_refused_as_documented(string what, string line, string untouched, string looked)
    {
        Assert.SkipWhen(looked == "dead" && untouched == looked, "the same as a tap's");
        using var project = new TestProject().Sync(target: Counting).Plugin("mine", "mapper", $"import sys; sys.stdin.read()\n{Writes(line)}");
        project.Write("pipeline.yaml", File.ReadAllText(project.PipelineFile) + "\n      through: [{ plugin: mine }]\n");

        await ShouldEndAsync(project, what, untouched);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Line_of_a_target_is_a_STATE_or_a_log_line_and_never_harms(string what, string line, string untouched, string looked)
    {
        _ = (untouched, looked);
        using var project = new TestProject().Sync(target: $"import sys; sys.stdin.read()\n{Writes(line, "print('{\"fine\": 1}')")}");

        var result = (await project.RunAsync()).ShouldExitWith(0);

        result.Error.ShouldNotContain("\u001b", Case.Sensitive, what);
        (await project.FlexCoreAsync("state", "get", "p")).ShouldExitWith(0).Output.ShouldContain("\"fine\": 1");
    }

    [Fact]
    public async Task A_gibibyte_in_lines_of_a_mebibyte_passes_within_the_memory_of_a_few()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null, "runs with ./test.sh --long");
        using var project = new TestProject().Sync($"{Schema}\nline = '{{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {{\"id\": 1, \"a\": \"' + 'x' * (1 << 20) + '\"}}}}'\nfor i in range(1024): print(line)", Counting);

        (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0].GetProperty("records").GetProperty("s").GetInt32().ShouldBe(1024);
    }

    private const string Counting = "import sys\nlines = sum(1 for line in sys.stdin.buffer)\nprint('lines:', lines, file=sys.stderr)";

    private static string Writes(string line, string after = "print('{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"id\": 2}}')") =>
        $$$"""
        import sys
        def record(value): return b'{"type": "RECORD", "stream": "s", "record": {"id": 1, "a": ' + value + b'}}'
        {{{Schema}}}
        sys.stdout.buffer.write({{{line}}} + b'\n')
        sys.stdout.buffer.flush()
        {{{after}}}
        """;

    private static async Task ShouldEndAsync(TestProject project, string what, string how)
    {
        var result = await project.RunAsync();

        (result.Output + result.Error).ShouldNotContain("FX9001", Case.Sensitive, what);
        (result.Output + result.Error).ShouldNotContain("\u001b", Case.Sensitive, what);
        switch (how)
        {
            case "passes":
                result.ShouldExitWith(0).Error.ShouldContain("target: lines: 3", Case.Sensitive, what);
                break;
            case "dead":
                result.ShouldExitWith(0).Error.ShouldContain("target: lines: 2", Case.Sensitive, what);
                result.Error.ShouldContain("1 dead letter");
                break;
            default:
                result.ShouldExitWith(1).Error.ShouldContain($"error[{(how == "limit" ? "FX2007" : "FX2002")}]", Case.Sensitive, what);
                result.Error.ShouldContain("line 2 ");
                break;
        }
    }
}
