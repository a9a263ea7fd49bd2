using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Singer;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Singer;

public sealed class SingerMessageTests
{
    [Theory]
    [InlineData("""{"type":"RECORD","stream":"orders","record":{"id":1}}""", "Record", "orders")]
    [InlineData("""{"type": "RECORD", "stream": "orders", "record": {"id": 1}, "time_extracted": "2024-01-01T00:00:00Z"}""", "Record", "orders")]
    [InlineData("""  { "type" : "RECORD" , "stream" : "orders" , "record" : { } }  """, "Record", "orders")]
    [InlineData("""{"record":{},"stream":"orders","type":"RECORD"}""", "Record", "orders")]
    [InlineData("""{"type":"RECORD","stream":"a\"b\u00e9","record":{}}""", "Record", "a\"bé")]
    [InlineData("""{"type":"\u0052ECORD","stream":"漢字 🙂","record":{}}""", "Record", "漢字 🙂")]
    [InlineData("""{"type":"SCHEMA","stream":"orders","schema":{},"key_properties":[]}""", "Schema", "orders")]
    [InlineData("""{"type":"STATE","value":{"bookmarks":{}}}""", "State", "")]
    [InlineData("""{"type":"STATE","value":null}""", "State", "")]
    [InlineData("""{"type":"ACTIVATE_VERSION","stream":"orders","version":3}""", "ActivateVersion", "orders")]
    [InlineData("""{"type":"BATCH","stream":"orders","manifest":[]}""", "Batch", "orders")]
    [InlineData("""{"type":"METRIC","value":1}""", "Other", "")]
    [InlineData("""{"type":"record","stream":"orders"}""", "Other", "orders")]
    [InlineData("""{"type":"RECORD","stream":"orders","record":{}}""" + "\r", "Record", "orders")]
    public void Message_is_known_by_its_type_and_stream(string line, string kind, string stream)
    {
        SingerMessage.Inspect(Encoding.UTF8.GetBytes(line), out var message).ShouldBeNull();

        (message.Kind.ToString(), Encoding.UTF8.GetString(message.Stream)).ShouldBe((kind, stream));
    }

    [Theory]
    [InlineData("", "is not valid JSON")]
    [InlineData("   ", "is not valid JSON")]
    [InlineData("\ufeff{}", "is not valid JSON")]
    [InlineData("hello", "is not valid JSON")]
    [InlineData("{\"type\":\"STATE\",\"value\":1} x", "is not valid JSON")]
    [InlineData("{\"type\":\"STATE\",\"value\":1}{}", "is not valid JSON")]
    [InlineData("{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{}} x", "is not valid JSON")]
    [InlineData("{\"type\":\"RECORD\",\"stream\":\"a\",\"record\":{\"id\":1", "is not valid JSON")]
    [InlineData("{\"type\":\"STATE\",\"value\":NaN}", "is not valid JSON")]
    [InlineData("[]", "is not a JSON object")]
    [InlineData("\"RECORD\"", "is not a JSON object")]
    [InlineData("null", "is not a JSON object")]
    [InlineData("{}", "is a JSON object without a 'type'")]
    [InlineData("{\"type\":5}", "is a JSON object without a 'type'")]
    [InlineData("{\"type\":{\"type\":\"STATE\"},\"value\":1}", "is a JSON object without a 'type'")]
    [InlineData("{\"x\":{\"type\":\"STATE\"}}", "is a JSON object without a 'type'")]
    [InlineData("{\"type\":\"RECORD\",\"record\":{}}", "is a RECORD without a 'stream'")]
    [InlineData("{\"type\":\"RECORD\",\"stream\":\"\",\"record\":{}}", "is a RECORD without a 'stream'")]
    [InlineData("{\"type\":\"RECORD\",\"stream\":7,\"record\":{}}", "is a RECORD without a 'stream'")]
    [InlineData("{\"type\":\"RECORD\",\"stream\":\"a\"}", "is a RECORD without a 'record'")]
    [InlineData("{\"type\":\"SCHEMA\",\"stream\":\"a\"}", "is a SCHEMA without a 'schema'")]
    [InlineData("{\"type\":\"STATE\"}", "is a STATE without a 'value'")]
    [InlineData("{\"type\":\"ACTIVATE_VERSION\",\"stream\":\"a\"}", "is an ACTIVATE_VERSION without a 'version'")]
    [InlineData("{\"type\":\"BATCH\",\"stream\":\"a\"}", "is a BATCH without a 'manifest'")]
    [InlineData("{\"type\":\"RECORD\",\"stream\":\"\\ud800\",\"record\":{}}", "holds text that is not valid Unicode")]
    public void Line_that_is_no_message_says_what_is_wrong(string line, string problem) =>
        SingerMessage.Inspect(Encoding.UTF8.GetBytes(line), out _).ShouldBe(problem);

    [Fact]
    public void Last_of_two_types_counts_as_in_other_JSON_parsers()
    {
        SingerMessage.Inspect("""{"x":0,"type":"RECORD","type":"STATE","value":1}"""u8, out var message).ShouldBeNull();

        message.Kind.ShouldBe(SingerMessageKind.State);
    }

    [Theory]
    [InlineData(900, null)]
    [InlineData(10_000, "is not valid JSON")]
    public void Depth_of_a_schema_is_bounded(int depth, string? problem)
    {
        var line = $$"""{"type":"SCHEMA","stream":"a","schema":{{new string('[', depth)}}{{new string(']', depth)}}}""";

        SingerMessage.Inspect(Encoding.UTF8.GetBytes(line), out _).ShouldBe(problem);
    }

    [Fact]
    public void Record_in_the_usual_order_is_seen_as_a_full_parse_sees_it_for_any_record() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Records.ToArbitrary(), record =>
        {
            var usual = $"{{{record.Gap}\"type\":{record.Gap}\"RECORD\",{record.Gap}\"stream\":{record.Gap}{record.Stream},{record.Gap}\"record\":{record.Gap}{record.Fields}{record.Tail}}}";

            // Another member in front sends it through the parser.
            SingerMessage.Inspect(Encoding.UTF8.GetBytes("{\"x\":0," + usual[1..]), out var parsed).ShouldBeNull();
            SingerMessage.Inspect(Encoding.UTF8.GetBytes(usual), out var quick).ShouldBeNull();
            quick.Kind.ShouldBe(parsed.Kind);
            quick.Stream.ToArray().ShouldBe(parsed.Stream.ToArray());
            SingerMessage.IsComplete(Encoding.UTF8.GetBytes(usual)).ShouldBeTrue();
        }));

    [Fact]
    public void Half_a_record_is_not_complete_wherever_it_is_cut()
    {
        var record = """{"type":"RECORD","stream":"a","record":{"x":{"y":"}"}}}"""u8.ToArray();

        SingerMessage.IsComplete(record).ShouldBeTrue();
        for (var length = 0; length < record.Length; length++) SingerMessage.IsComplete(record.AsSpan(0, length)).ShouldBeFalse();
    }

    [Fact]
    public void Any_mutation_of_a_message_is_taken_or_refused() =>
        Mutations.Run("""{"type": "RECORD", "stream": "or\u00e9ders", "record": {"id": 1, "name": "Zoë \ud83d\ude42"}, "version": 12}"""u8.ToArray(), seed: 99, bytes =>
        {
            var problem = SingerMessage.Inspect(bytes, out var message);
            if (problem is null && message.Kind == SingerMessageKind.Record) message.Stream.IsEmpty.ShouldBeFalse();
            SingerMessage.IsComplete(bytes);
        });

    private static Gen<(string Gap, string Stream, string Fields, string Tail)> Records =>
        from gap in Gen.Elements("", " ", "  ")
        from stream in Gen.Elements("orders", "a b", "é", "漢字", "🙂", "quo\"te", "back\\slash", "tab\t", "{", "}", ",", "record")
        from fields in ArbMap.Default.GeneratorFor<Dictionary<string, string>>()
        from tail in Gen.Elements("", ",\"version\":1", ", \"time_extracted\": \"2024-12-31T23:59:60Z\"")
        select (gap, JsonSerializer.Serialize(stream), JsonSerializer.Serialize(fields.Select((item, index) => KeyValuePair.Create($"f{index}", item.Value)).ToDictionary()), tail);
}
