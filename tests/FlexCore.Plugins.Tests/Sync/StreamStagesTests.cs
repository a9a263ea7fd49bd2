using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tests.Transforms;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>Validation and maps on the way of a flow.</summary>
public sealed class StreamStagesTests
{
    private const string Schema = """{"type":"SCHEMA","stream":"s","schema":{"type":"object","properties":{"id":{"type":"integer"},"total":{"type":"string"}},"required":["id"]},"key_properties":["id"]}""";

    private const string Renamed = """{"type":"SCHEMA","stream":"s","schema":{"type":"object","properties":{"key":{"type":"integer"},"total":{"type":"number"}},"required":["key"]},"key_properties":["key"]}""";

    private const string Map = "{ stream: s, rename: { id: key }, cast: { total: number }, where: \"key > 0\" }";

    [Fact]
    public async Task Schema_and_records_come_out_mapped_and_all_else_as_it_came()
    {
        const string state = """{"type": "STATE",  "value": {"s": 1}}""";
        const string version = """{"type":"ACTIVATE_VERSION","stream":"s","version":1}""";

        var run = await RunAsync([Schema, Record("s", 1), state, Record("s", 0), version, Record("s", 2)], ValidationMode.Off, Map);

        run.Lines.ShouldBe([Renamed, Mapped(1), state, version, Mapped(2)]);
        (run.Sum(x => x.In), run.Sum(x => x.Out), run.Sum(x => x.LeftOut), run.Sum(x => x.Dead)).ShouldBe((3, 2, 1, 0));
        run.Sum(x => x.Bytes).ShouldBe(Mapped(1).Length + Mapped(2).Length + 2);
    }

    [Fact]
    public async Task Only_the_record_stream_that_is_mapped_changes()
    {
        var other = Schema.Replace("\"s\"", "\"other\"", StringComparison.Ordinal);

        var run = await RunAsync([Schema, other, Record("other", 1), Record("s", 1), Record("other", 0), Record("s", 0)], ValidationMode.Off, Map);

        run.Lines.ShouldBe([Renamed, other, Record("other", 1), Mapped(1), Record("other", 0)]);
    }

    [Fact]
    public async Task Maps_of_a_stream_work_one_after_the_other()
    {
        var run = await RunAsync(
            [Schema, Record("s", 1), Record("s", 5)],
            ValidationMode.Off,
            Map,
            "{ stream: \"*\", derive: { twice: \"total * 2\" }, where: \"key < 5\" }",
            "{ stream: nobody, drop: [key] }",
            "{ stream: s, rename: { twice: double }, select: [key, double] }");

        run.Lines.ShouldBe(
        [
            """{"type":"SCHEMA","stream":"s","schema":{"type":"object","properties":{"key":{"type":"integer"},"double":{"type":["null","number"]}},"required":["key"]},"key_properties":["key"]}""",
            """{"type":"RECORD","stream":"s","record":{"key":1,"double":3.0}}""",
        ]);
    }

    [Fact]
    public async Task Record_is_held_against_the_schema_that_the_tap_wrote_before_it_is_mapped()
    {
        var run = await RunAsync([Schema, Record("s", 1), """{"type":"RECORD","stream":"s","record":{"id":"c4n4ry","total":"1"}}""", Record("s", 2)], ValidationMode.DeadLetter, Map);

        run.Lines.ShouldBe([Renamed, Mapped(1), Mapped(2)]);
        var letter = run.Letters.ShouldHaveSingleItem();
        (letter.Reason, letter.SchemaPath).ShouldBe((DeadLetterReason.Invalid, "/properties/id/type"));
        letter.Message.ShouldStartWith("line 3: record/id ");
        letter.Message.ShouldNotContain("c4n4ry");
        Encoding.UTF8.GetString(letter.Raw.Span).ShouldContain("c4n4ry", customMessage: "a dead letter keeps the record as it came, to be sent again");
        Encoding.UTF8.GetString(letter.Schema!.Value.Span).ShouldBe(Schema);
    }

    [Theory]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,"total":"c4n4ry"}}""", DeadLetterReason.Unmappable, "line 3: cast: field 'total' is a text that cannot become a number")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,"id":2}}""", DeadLetterReason.Unreadable, "line 3: the record's message has the key 'id' twice")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,"total":"\ud800"}}""", DeadLetterReason.Unreadable, "line 3: the record's message holds text that is not valid Unicode")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,}}""", DeadLetterReason.Unreadable, "line 3: the record's message is not valid JSON, or nests deeper than 256 levels")]
    public async Task Record_that_cannot_be_mapped_becomes_a_dead_letter_or_ends_the_flow_and_never_passes(string record, DeadLetterReason reason, string message)
    {
        var kept = await RunAsync([Schema, Record("s", 1), record, Record("s", 2)], ValidationMode.DeadLetter, Map);
        kept.End.Verdict.ShouldBe(FlowVerdict.Completed);
        kept.Lines.ShouldBe([Renamed, Mapped(1), Mapped(2)]);
        (kept.Letters.ShouldHaveSingleItem().Reason, kept.Letters[0].Message).ShouldBe((reason, message));

        foreach (var mode in new[] { ValidationMode.Off, ValidationMode.Warn, ValidationMode.Fail })
        {
            var ended = await RunAsync([Schema, Record("s", 1), record, Record("s", 2)], mode, Map);
            (ended.End.Verdict, ended.End.Problem!.Message).ShouldBe((FlowVerdict.Refused, $"tap, stream s, {message}"), mode.ToString());
            ended.Lines.ShouldBe([Renamed, Mapped(1)], mode.ToString());
        }
    }

    [Fact]
    public async Task Invalid_record_ends_the_flow_where_asked_and_passes_mapped_with_a_warning_where_asked()
    {
        string[] lines = [Schema, Record("s", 1), """{"type":"RECORD","stream":"s","record":{"id":1.5,"total":"1"}}"""];

        var failed = await RunAsync(lines, ValidationMode.Fail, Map);
        (failed.End.Verdict, failed.End.Problem!.Code).ShouldBe((FlowVerdict.Refused, ErrorCodes.RecordInvalid));
        failed.Lines.ShouldBe([Renamed, Mapped(1)]);

        var warned = await RunAsync(lines, ValidationMode.Warn, Map);
        warned.End.Verdict.ShouldBe(FlowVerdict.Completed);
        warned.Lines.ShouldBe([Renamed, Mapped(1), """{"type":"RECORD","stream":"s","record":{"key":1.5,"total":1}}"""]);
        warned.Warnings.ShouldHaveSingleItem().ShouldStartWith("tap, stream s, line 3: record/id ");
    }

    [Fact]
    public async Task Record_before_its_schema_is_mapped_unless_it_must_be_valid()
    {
        var mapped = await RunAsync([Record("s", 1), Schema, Record("s", 2)], ValidationMode.Off, Map);
        mapped.Lines.ShouldBe([Mapped(1), Renamed, Mapped(2)]);

        var kept = await RunAsync([Record("s", 1), Schema, Record("s", 2)], ValidationMode.DeadLetter, Map);
        kept.Lines.ShouldBe([Renamed, Mapped(2)]);
        kept.Letters.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.NoSchema);
    }

    [Fact]
    public async Task Repeated_schema_is_mapped_again_and_a_changed_one_is_in_force_from_there_on()
    {
        const string wider = """{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":{"type":"integer"},"total":{"type":["null","string"]},"o":{"type":"object","properties":{"x":{"type":"integer"}}}}},"key_properties":["id"]}""";
        const string nested = """{"type":"RECORD","stream":"s","record":{"id":1,"o":{"x":1},"total":null}}""";
        var map = Map.Replace("stream: s", "stream: s, flatten: true", StringComparison.Ordinal);

        var run = await RunAsync([Schema, Schema, Record("s", 1), wider, nested, Record("s", 2)], ValidationMode.Fail, map);

        run.End.Verdict.ShouldBe(FlowVerdict.Completed);
        run.Lines.ShouldBe(
        [
            Renamed,
            Renamed,
            Mapped(1),
            """{"type":"SCHEMA","stream":"s","schema":{"properties":{"key":{"type":"integer"},"total":{"type":["null","number"]},"o__x":{"type":["null","integer"]}}},"key_properties":["key"]}""",
            """{"type":"RECORD","stream":"s","record":{"key":1,"o__x":1,"total":null}}""",
            Mapped(2),
        ]);
    }

    [Fact]
    public async Task Changed_schema_that_the_map_does_not_fit_ends_the_flow()
    {
        var run = await RunAsync([Schema, Record("s", 1), Schema.Replace("total", "sum", StringComparison.Ordinal), Record("s", 2)], ValidationMode.DeadLetter, Map);

        (run.End.Verdict, run.End.Problem!.Code, run.End.Problem.Message).ShouldBe((FlowVerdict.Refused, ErrorCodes.RecordUnmappable, "tap, stream s, line 3: cast: there is no field 'total' here; there are: key, sum"));
        run.Lines.ShouldBe([Renamed, Mapped(1)]);
    }

    [Fact]
    public async Task Batch_of_a_stream_that_is_mapped_is_refused_and_of_another_passes()
    {
        const string batch = """{"type":"BATCH","stream":"s","encoding":{},"manifest":["file:///b.jsonl"]}""";
        var other = batch.Replace("\"s\"", "\"other\"", StringComparison.Ordinal);

        var run = await RunAsync([other, Schema, batch], ValidationMode.Off, Map);

        (run.End.Verdict, run.End.Problem!.Code).ShouldBe((FlowVerdict.Refused, ErrorCodes.BatchUnmappable));
        run.Lines.ShouldBe([other, Renamed]);
    }

    [Theory]
    [InlineData("""{"stream":"s","record":{"id":1,"total":"1.5"},"type":"RECORD"}""", """{"stream":"s","record":{"key":1,"total":1.5},"type":"RECORD"}""")]
    [InlineData("""{"type":"RECORD","stream":"\u0073","record":{"\u0069d":1,"total":"1.5"}}""", """{"type":"RECORD","stream":"\u0073","record":{"key":1,"total":1.5}}""")]
    [InlineData("""{"type" : "RECORD", "stream" : "s", "time_extracted" : "2026-01-01T00:00:00Z", "record" : {"id":1,"total":"1.5"}, "new":[ 1 ]}""", """{"type" : "RECORD", "stream" : "s", "time_extracted" : "2026-01-01T00:00:00Z", "record" : {"key":1,"total":1.5}, "new":[ 1 ]}""")]
    public async Task Record_is_mapped_however_its_message_is_written(string line, string mapped)
    {
        var run = await RunAsync([Schema, line, Record("s", 2)], ValidationMode.Off, Map);

        run.Lines.ShouldBe([Renamed, mapped, Mapped(2)]);
    }

    private static string Record(string stream, int id) => $$$"""{"type":"RECORD","stream":"{{{stream}}}","record":{"id":{{{id}}},"total":"{{{id}}}.5"}}""";

    private static string Mapped(int id) => $$$"""{"type":"RECORD","stream":"s","record":{"key":{{{id}}},"total":{{{id}}}.5}}""";

    private static async Task<Run> RunAsync(string[] lines, ValidationMode mode, params string[] maps)
    {
        using var stages = new FlowStages(mode, [.. maps.Select(map => TestMap.Read(map).Map!)], new MaskKey(Path.GetTempPath(), StoreSettings.Embedded));
        var flow = new TestFlow(1 << 20, stages: stages, validation: Validation.None with { Mode = mode });
        var (end, received) = await flow.CarryAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), [1000]);
        await flow.Letters.FlushAsync();
        return new Run(flow, end, Encoding.UTF8.GetString(received).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private sealed record Run(TestFlow Flow, FlowEnd End, string[] Lines)
    {
        public List<DeadLetter> Letters => Flow.Kept.All;

        public List<string> Warnings => Flow.Warnings;

        public long Sum(Func<StreamCounter, long> count) => Flow.Sum(count);
    }
}
