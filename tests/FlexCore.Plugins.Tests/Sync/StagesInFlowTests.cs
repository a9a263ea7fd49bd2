using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Domain.DeadLetters;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Sync;
using FlexCore.Plugins.Tests.Transforms;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>What validation and maps make of a flow.</summary>
public sealed class StagesInFlowTests
{
    private const string Schema = """{"type":"SCHEMA","stream":"s","schema":{"type":"object","properties":{"id":{"type":"integer","minimum":1},"name":{"type":"string"}}},"key_properties":["id"]}""";

    [Fact]
    public async Task Dead_letters_are_kept_before_any_STATE_behind_them_is_passed_on()
    {
        var lines = new StringBuilder(Schema + "\n");
        for (var i = 0; i < 20_000; i++) lines.Append(Record(i % 3 == 0 ? -1 : i + 1)).Append('\n').Append(i % 50 == 0 ? $$$"""{"type":"STATE","value":{"dead":{{{(i / 3) + 1}}}}}""" + "\n" : "");
        var flow = new TestFlow(4096, stages: Stages(ValidationMode.DeadLetter), validation: new Validation(ValidationMode.DeadLetter, 10_000, null));
        var running = flow.Flow.RunAsync();
        var sending = SendAsync(flow, lines.ToString());

        using var reader = new StreamReader(flow.Outputs[0]);
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("STATE", StringComparison.Ordinal)) flow.Kept.Count.ShouldBeGreaterThanOrEqualTo(int.Parse(line.Split(':')[^1].TrimEnd('}')));
        }

        await sending;
        (await running).ShouldBe(new FlowEnd(FlowVerdict.Completed));
        flow.Kept.Count.ShouldBe(6667);
    }

    [Fact]
    public async Task Letter_says_where_it_comes_from_and_holds_its_schema()
    {
        var (flow, end, received) = await CarryAsync(ValidationMode.DeadLetter, [Schema, Record(1), Record(-5, "s3cret"), Record(2)]);

        end.Verdict.ShouldBe(FlowVerdict.Completed);
        received.ShouldBe($"{Schema}\n{Record(1)}\n{Record(2)}\n");
        var letter = flow.Kept.All.ShouldHaveSingleItem();
        (letter.Pipeline, letter.Step, letter.Attempt, letter.Plugin, letter.Stream, letter.Reason, letter.SchemaPath, letter.Message)
            .ShouldBe(("p", "load", 1, "tap", "s", DeadLetterReason.Invalid, "/properties/id/minimum", "line 3: record/id must be >= 1"));
        (Encoding.UTF8.GetString(letter.Raw.Span), letter.IsMasked, letter.IsReplayable).ShouldBe((Record(-5, "***"), true, false));
        Encoding.UTF8.GetString(letter.Schema!.Value.Span).ShouldBe(Schema);
    }

    [Fact]
    public async Task Record_before_its_schema_is_a_letter_and_the_reason_is_told()
    {
        var (flow, _, received) = await CarryAsync(ValidationMode.DeadLetter, [Record(1), Schema, Record(2)]);

        received.ShouldBe($"{Schema}\n{Record(2)}\n");
        flow.Kept.All.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.NoSchema);
    }

    [Theory]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,"id":2}}""", "has the key 'id' twice")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1,"name":"\ud800"}}""", "holds text that is not valid Unicode")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":NaN}}""", "is not valid JSON")]
    [InlineData("""{"type":"RECORD","stream":"s","record":{"id":1}}}""", "is not valid JSON")]
    public async Task Record_that_cannot_be_read_strictly_is_a_letter_where_somebody_has_to_look_into_it(string line, string reason)
    {
        var (flow, end, received) = await CarryAsync(ValidationMode.DeadLetter, [Schema, line, Record(2)]);

        (end.Verdict, received).ShouldBe((FlowVerdict.Completed, $"{Schema}\n{Record(2)}\n"));
        var letter = flow.Kept.All.ShouldHaveSingleItem();
        letter.Reason.ShouldBe(DeadLetterReason.Unreadable);
        letter.Message.ShouldContain(reason);
        (await CarryAsync(ValidationMode.Off, [Schema, line])).Received.ShouldBe($"{Schema}\n{line}\n", "where nobody looks, it is the target's verdict");
        (await CarryAsync(ValidationMode.Fail, [Schema, line])).End.Verdict.ShouldBe(FlowVerdict.Refused);
    }

    [Fact]
    public async Task Several_maps_work_one_after_the_other_on_the_streams_they_are_for()
    {
        var (_, end, received) = await CarryAsync(
            ValidationMode.Off, [Schema, Record(1), """{"type":"RECORD","stream":"t","record":{"id":1}}""", """{"type":"STATE","value":1}"""],
            "{ stream: s, rename: { id: a } }", "{ stream: \"*\", derive: { b: \"1\" } }", "{ stream: s, rename: { a: c } }");

        end.Verdict.ShouldBe(FlowVerdict.Completed);
        received.Split('\n')[1..].ShouldBe([
            """{"type":"RECORD","stream":"s","record":{"c":1,"name":"x","b":1}}""", """{"type":"RECORD","stream":"t","record":{"id":1,"b":1}}""", """{"type":"STATE","value":1}""", ""]);
    }

    [Fact]
    public async Task Lines_of_untouched_streams_pass_byte_for_byte_between_mapped_ones()
    {
        string[] lines = [Schema, """{"type": "RECORD", "stream": "t", "record": {"a":  1.0}}""", Record(1), """{ "record" : {}, "type":"RECORD","stream":"t"}""", """{"type":"NEW"}"""];

        var (flow, _, received) = await CarryAsync(ValidationMode.Off, lines, "{ stream: s, where: \"id > 5\" }");

        received.ShouldBe(string.Concat(lines.Where(line => line != Record(1)).Select(line => line + "\n")));
        flow.Lines.Counts.Snapshot()["s"].LeftOut.ShouldBe(1);
    }

    [Theory]
    [InlineData(ValidationMode.DeadLetter)]
    [InlineData(ValidationMode.Fail)]
    public async Task Schema_that_cannot_be_used_ends_the_flow_but_only_warns_where_warnings_are_wanted(ValidationMode mode)
    {
        var bad = Schema.Replace("integer", "intger", StringComparison.Ordinal);

        (await CarryAsync(mode, [bad, Record(1)])).End.Problem!.Message.ShouldContain("tap, stream s, line 1: the SCHEMA cannot be used to validate: ");
        var (flow, end, received) = await CarryAsync(ValidationMode.Warn, [bad, Record(1)]);
        (end.Verdict, received).ShouldBe((FlowVerdict.Completed, $"{bad}\n{Record(1)}\n"));
        flow.Warnings.ShouldHaveSingleItem().ShouldContain("the SCHEMA cannot be used");
    }

    [Fact]
    public async Task Warnings_are_told_one_by_one_up_to_ten()
    {
        var (flow, _, _) = await CarryAsync(ValidationMode.Warn, [Schema, .. Enumerable.Repeat(Record(-1), 25)]);
        flow.Letters.WarnOfTheRest();

        flow.Warnings.Count.ShouldBe(11);
        flow.Warnings[^1].ShouldBe("15 more records did not fit their schema");
    }

    [Theory]
    [InlineData(2, null, 10, 3, false)]
    [InlineData(2, null, 10, 2, true)]
    [InlineData(10_000, 10.0, 100, 11, true)]
    [InlineData(10_000, 10.0, 3000, 400, false)]
    public async Task Too_many_letters_end_the_flow(long maxDead, double? maxPercent, int records, int bad, bool completes)
    {
        var flow = new TestFlow(4096, stages: Stages(ValidationMode.DeadLetter), validation: new Validation(ValidationMode.DeadLetter, maxDead, maxPercent));
        var lines = string.Concat(Enumerable.Range(1, records).Select(i => Record(i > records - bad ? -1 : i) + "\n"));

        var (end, _) = await flow.CarryAsync(Encoding.UTF8.GetBytes($"{Schema}\n{lines}"), [int.MaxValue]);

        end.Verdict.ShouldBe(completes ? FlowVerdict.Completed : FlowVerdict.Refused);
        (flow.Letters.FindExcessAtEnd() is not null).ShouldBe(!completes || (maxPercent is { } most && bad * 100.0 / records > most));
    }

    private static FlowStages Stages(ValidationMode mode, params string[] maps) => new(mode, [.. maps.Select(map => TestMap.Read(map).Map!)], new MaskKey(Path.GetTempPath(), StoreSettings.Embedded));

    private static async Task<(TestFlow Flow, FlowEnd End, string Received)> CarryAsync(ValidationMode mode, string[] lines, params string[] maps)
    {
        using var stages = Stages(mode, maps);
        var flow = new TestFlow(4096, stages: stages, validation: new Validation(mode, 10_000, null));
        var (end, received) = await flow.CarryAsync(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))), [int.MaxValue]);
        return (flow, end, Encoding.UTF8.GetString(received));
    }

    private static async Task SendAsync(TestFlow flow, string lines)
    {
        await flow.Input.WriteAsync(Encoding.UTF8.GetBytes(lines));
        flow.Input.Complete();
    }

    private static string Record(int id, string name = "x") => $$$"""{"type":"RECORD","stream":"s","record":{"id":{{{id}}},"name":"{{{name}}}"}}""";
}
