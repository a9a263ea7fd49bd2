using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>Values and messages that are hard to map.</summary>
public sealed class MapBadInputTests
{
    // Far more than any of it takes, far less than what quadratic work takes.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData("123456789012345678901234567890")]
    [InlineData("0.123456789012345678901234567890")]
    [InlineData("1e999999")]
    [InlineData("1E+2")]
    [InlineData("-0")]
    [InlineData("-0.0")]
    [InlineData("9223372036854775808")]
    [InlineData("1.10")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\"🙂\"")]
    [InlineData("\"\\ud83d\\ude42\"")]
    [InlineData("\"\\u0000\"")]
    [InlineData("\"a\\/b\\u002f\"")]
    [InlineData("\"مرحبا\u202eabc\"")]
    [InlineData("\"a\u200b\u200db\"")]
    [InlineData("\"e\u0301\"")]
    [InlineData("\"0000-01-01T00:00:00Z\"")]
    [InlineData("\"9999-12-31T23:59:60Z\"")]
    [InlineData("[1, {\"a\" : []}]")]
    public void Value_that_no_rule_changes_stays_byte_for_byte_beside_others_and_under_a_new_name(string value)
    {
        using var map = new TestMap("{ stream: s, rename: { a: b }, drop: [gone], where: \"a is null or a is not null\" }");

        map.Record($$"""{"gone":1,"a":{{value}},"c" :  {{value}}}""").ShouldBe($$"""{"b":{{value}},"c" :  {{value}}}""");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("a\\\"b")]
    [InlineData("a\\nb")]
    [InlineData("\\u001b[2J")]
    [InlineData("🙂")]
    [InlineData("\\ud83d\\ude42")]
    [InlineData("\u202eabc")]
    [InlineData("a\u200bb")]
    [InlineData("__")]
    [InlineData("")]
    public void Name_may_be_any_text(string name)
    {
        using var map = new TestMap("{ stream: s, flatten: true, rename: { a: b } }");

        var mapped = JsonNode.Parse(map.Record($$$"""{"a":1,"{{{name}}}":2,"o":{"{{{name}}}":3}}"""))!.AsObject();

        var plain = JsonNode.Parse($"\"{name}\"")!.GetValue<string>();
        (mapped["b"]!.GetValue<int>(), mapped[plain]!.GetValue<int>(), mapped["o__" + plain]!.GetValue<int>()).ShouldBe((1, 2, 3));
    }

    [Theory]
    [InlineData("", "is not valid JSON, or nests deeper than 256 levels")]
    [InlineData("{", "is not valid JSON, or nests deeper than 256 levels")]
    [InlineData("\ufeff{}", "is not valid JSON, or nests deeper than 256 levels")]
    [InlineData("""{"record":{"a":NaN}}""", "is not valid JSON, or nests deeper than 256 levels")]
    [InlineData("""{"record":{"a":1,"a":2}}""", "has the key 'a' twice")]
    [InlineData("""{"record":{"a":1,"\u0061":2}}""", "has the key 'a' twice")]
    [InlineData("""{"record":{"a":"\ud800"}}""", "holds text that is not valid Unicode")]
    [InlineData("""{"record":{"\udc00":1}}""", "holds text that is not valid Unicode")]
    [InlineData("{\"record\":{\"a\":\"\u0000\"}}", "is not valid JSON, or nests deeper than 256 levels")]
    [InlineData("""{"other":1}""", "the record is not an object")]
    [InlineData("[]", "the record is not an object")]
    [InlineData("1", "the record is not an object")]
    public void Message_that_is_no_good_record_is_refused(string line, string problem)
    {
        using var map = new TestMap("{ stream: s, rename: { a: b } }");

        map.Line(line).ShouldBe(problem);
    }

    [Fact]
    public void Invalid_UTF8_is_refused()
    {
        using var map = new TestMap("{ stream: s, rename: { a: b } }");

        map.Line([.. "{\"record\":{\"a\":\""u8, 0xC3, 0x28, .. "\"}}"u8]).ShouldBe("is not UTF-8");
    }

    [Fact]
    public void Record_nests_as_deep_as_messages_may_and_no_deeper()
    {
        using var map = new TestMap("{ stream: s, flatten: true, rename: { a: b } }");

        map.Record(Nested(254)).ShouldBe($$"""{"{{string.Join("__", Enumerable.Repeat("x", 11))}}":{{Nested(243)}}}""");
        map.Record(Nested(10_000)).ShouldBe("is not valid JSON, or nests deeper than 256 levels");
    }

    [Fact]
    public void Schema_nests_as_deep_as_a_next_map_can_read_and_no_deeper()
    {
        using var map = new TestMap("{ stream: \"*\", derive: { d: a } }");

        var mapped = map.Schema($$"""{"a":{{Nested(250)}}}""", keys: "[]");
        mapped.ShouldStartWith("{");
        Should.NotThrow(() => map.SchemaLine(mapped));
        map.Schema($$"""{"a":{{Nested(253)}}}""", keys: "[]").ShouldBe("its schema nests deeper than 254 levels");
    }

    [Theory]
    [InlineData("flatten: true")]
    [InlineData("rename: { k5___________5: b }")]
    [InlineData("select: [k5___________5, id]")]
    [InlineData("drop: [k5___________5]")]
    [InlineData("mask: { k5___________5: null }")]
    public void Schema_and_record_of_a_hundred_thousand_fields_take_no_quadratic_time(string operation)
    {
        // All names begin and end alike, which a careless hash would take for the same.
        using var map = new TestMap($"{{ stream: s, {operation} }}");
        var names = Enumerable.Range(0, 100_000).Select(key => $"k5______{(key == 5 ? "" : key)}_____5").ToList();
        var properties = string.Concat(names.Select(name => $"\"{name}\":{{\"type\":\"object\",\"properties\":{{\"x\":{{}}}}}},"));
        var started = Stopwatch.GetTimestamp();

        map.Schema($"{{{properties}\"id\":{{}}}}", $",\"required\":[{string.Join(',', names.Select(name => $"\"{name}\""))}]").ShouldStartWith("{");
        map.Record($"{{{string.Concat(names.Select(name => $"\"{name}\":{{\"x\":1}},"))}\"id\":1}}").ShouldStartWith("{");

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Soon);
    }

    [Fact]
    public void Names_of_lifted_fields_cannot_fill_the_memory()
    {
        using var map = new TestMap("{ stream: s, flatten: { separator: ________________, depth: 100 } }");
        var name = new string('n', 100_000);
        var wide = $"{{{string.Join(',', Enumerable.Range(0, 1000).Select(key => $"\"{key}\":1"))}}}";

        map.Record($$"""{"{{name}}":{{wide}}}""").ShouldBe("flatten: the names of lifted fields become longer than 16 MiB");
    }

    [Fact]
    public void Texts_that_expressions_make_cannot_fill_the_memory()
    {
        var doubled = string.Join(", ", Enumerable.Range(0, 30).Select(step => $"d{step + 1}: \"d{step} || d{step}\""));
        using var map = new TestMap($"{{ stream: s, derive: {{ {doubled} }} }}");

        map.Record("""{"d0":"0123456789"}""").ShouldEndWith(": the text becomes longer than 16 MiB");
    }

    [Fact]
    public void Long_text_passes_every_rule()
    {
        using var map = new TestMap("{ stream: s, rename: { x: a }, derive: { b: \"upper(a)\", c: \"length(a)\" }, where: \"a like '%_z%'\", mask: { a: { keep-last: 3 } }, select: [a, c] }");

        map.Record($$"""{"x":"{{new string('y', 5_000_000)}}xyz"}""").ShouldBe($$"""{"a":"{{new string('*', 5_000_000)}}xyz","c":5000003}""");
    }

    private static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"x\":", levels - 1)) + "{}" + new string('}', levels - 1);
}
