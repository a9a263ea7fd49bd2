using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>What holds for any record.</summary>
public sealed class MapProperties
{
    private const string Canary = "c4n4ry-Zoë-🙂";

    private const string Rich =
        "{ stream: s, flatten: true, rename: { a: b }, cast: { c: number, g: string }, derive: { d: \"coalesce(e, 'x') || upper(coalesce(e, ''))\" }, where: \"f is null or f <> 'no' and not f like '%!%'\", mask: { m: hmac, n: redact, o__p: null }, drop: [z] }";

    [Fact]
    public void Masked_value_is_in_no_byte_of_the_output_however_the_field_is_written_and_nested()
    {
        var name = Gen.Elements("secret", "s\\u0065cret", "\\u0073ecret");
        var other = Gen.Elements("\"a\":1", "\"b\":{\"c\":[true]}", "\"d\":\"x\"", "\"e\":null");
        var mask = Gen.Elements("hmac", "redact", "null");
        var shape = Gen.Elements("secret: {0}", "old: {0}", "o__secret: {0}");
        var cases = from field in name from others in other.ListOf() from kind in mask from form in shape select (field, others: others.Distinct(StringComparer.Ordinal).ToList(), kind, form);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(cases.ToArbitrary(), input =>
        {
            var (rename, masked) = input.form.StartsWith("old", StringComparison.Ordinal) ? ("rename: { secret: old }, ", "old") : ("", input.form.Split(':')[0]);
            using var map = new TestMap($"{{ stream: s, flatten: true, {rename}mask: {{ {masked}: {input.kind} }} }}");
            var member = $"\"{input.field}\":\"{Canary}\"";
            var all = input.others.Append(input.form.StartsWith("o__", StringComparison.Ordinal) ? $"\"o\":{{{member}}}" : member);

            var line = map.Line($$$"""{"type":"RECORD","stream":"s","record":{{{{string.Join(',', all)}}}}}""");

            line.ShouldStartWith("{");
            line.ShouldNotContain("c4n4ry");
            line.ShouldNotContain("c4n4ry", Case.Insensitive);
        }));
    }

    [Fact]
    public void Fields_of_a_mapped_record_are_those_of_the_mapped_schema()
    {
        string[] names = ["a", "c", "e", "f", "g", "h", "z"];
        using var map = new TestMap(Rich);
        var properties = string.Join(',', names.Select(name => $"\"{name}\":{{\"type\":[\"null\",\"string\"]}}"));
        const string Others = ""","m":{"type":"string"},"n":{},"o":{"type":"object","properties":{"p":{"type":"string"},"q":{}}}}""";
        var schema = JsonNode.Parse(map.Schema("{" + properties + Others, keys: "[]"))!;
        var known = schema["schema"]!["properties"]!.AsObject().Select(property => property.Key).ToHashSet(StringComparer.Ordinal);

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.SubListOf([.. names, "m", "n", "o"]).ToArbitrary(), fields =>
        {
            var record = $"{{{string.Join(',', fields.Select(field => field == "o" ? "\"o\":{\"p\":1,\"q\":null}" : $"\"{field}\":\"1\""))}}}";
            JsonNode.Parse(map.Record(record))!.AsObject().ShouldAllBe(field => known.Contains(field.Key));
        }));
    }

    [Fact]
    public void Where_answers_as_three_valued_logic_does()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Conditions(4).ToArbitrary(), condition =>
        {
            using var map = new TestMap($"{{ stream: s, where: \"{condition.Text}\" }}");
            map.Record("""{"t":true,"f":false,"n":null,"one":1}""").ShouldBe(condition.Value == true ? """{"t":true,"f":false,"n":null,"one":1}""" : "left out");
        }));
    }

    [Fact]
    public void Any_damaged_record_is_mapped_to_JSON_or_refused()
    {
        using var map = new TestMap(Rich);
        var good = Encoding.UTF8.GetBytes("""{"type":"RECORD","stream":"s","record":{"a":1,"c":"12.5","e":"\u00e9\ud83d\ude42","f":null,"g":[1,{"x":"y"}],"m":"secret","n":"other","o":{"p":"third","q":{"r":-1e5}},"z":true},"time_extracted":"2026-01-01"}""");

        Mutations.Run(good, seed: 815, bytes =>
        {
            var line = map.Line(bytes);
            if (line.StartsWith('{')) JsonNode.Parse(line).ShouldNotBeNull();
        });
    }

    [Fact]
    public void Any_damaged_map_is_read_or_refused()
    {
        Mutations.Run(Encoding.UTF8.GetBytes(Rich), seed: 42, bytes =>
        {
            var (map, errors) = TestMap.Read(Encoding.UTF8.GetString(bytes));
            if (errors.Count > 0 || map is null) return;
            using var made = new TestMap(Encoding.UTF8.GetString(bytes));
            made.Record("""{"a":1,"c":"12.5","e":"x","f":"no","m":"s","o":{"p":1}}""").ShouldNotBeEmpty();
            made.Schema("""{"a":{},"c":{"type":"string"},"o":{"type":"object","properties":{"p":{}}}}""", keys: "[]").ShouldNotBeEmpty();
        });
    }

    private sealed record Condition(string Text, bool? Value)
    {
        public override string ToString() => $"{Text} is {Value?.ToString() ?? "null"}";
    }

    private static Gen<Condition> Conditions(int depth)
    {
        var leaf = Gen.Elements(
            new Condition("t", true), new Condition("f", false), new Condition("n = 1", null), new Condition("n is null", true), new Condition("one is null", false), new Condition("one in (2, n)", null),
            new Condition("one in (1, n)", true), new Condition("one not in (2, 3)", true), new Condition("one < 2", true), new Condition("n like 'x%'", null), new Condition("'axb' like 'a_b'", true));
        if (depth == 0) return leaf;
        var inner = Conditions(depth - 1);
        return Gen.OneOf(
            leaf,
            inner.Select(x => new Condition($"not ({x.Text})", !x.Value)),
            from x in inner from y in inner select new Condition($"({x.Text} and {y.Text})", And(x.Value, y.Value)),
            from x in inner from y in inner select new Condition($"({x.Text} or {y.Text})", !And(!x.Value, !y.Value)));
    }

    private static bool? And(bool? x, bool? y) => x == false || y == false ? false : x is null || y is null ? null : true;
}
