using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Transforms.Expressions;
using FlexCore.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>Damaged expressions, schemas and records: refused or dealt with, and never an exception.</summary>
public sealed class MapFuzz
{
    private const string Fields = """{"a":1,"b":"x","c":null,"d":true,"e":-2.5e1,"f":"Zo\u00eb","o":{"x":1},"l":[]}""";

    private const string Rich =
        "{ stream: \"*\", flatten: true, rename: { a: b, b: a }, cast: { c: number, g: string }, derive: { d: \"coalesce(e, 'x') || upper(coalesce(e, ''))\", h: d }, where: \"f is null or f <> 'no'\", mask: { m: hmac, n: redact, o__p: null, q: { keep-last: 2 } }, drop: [z] }";

    [Theory]
    [InlineData("not (a + 1 * -2 >= 0.5e1 or b not like '%x\\_y_%') and c is not null")]
    [InlineData("coalesce(c, lower(b) || upper(f) || trim(' x '), 'it''s') in ('a', \"b\", f) <> true")]
    [InlineData("length(b || \"a b\" || 12) / (a - 1) < e")]
    public void Any_damaged_expression_is_refused_or_has_a_value_or_a_problem(string good) =>
        Mutations.Run(Encoding.UTF8.GetBytes(good), seed: 7, bytes => Try(Encoding.UTF8.GetString(bytes)));

    [Fact]
    public void Any_row_of_tokens_is_refused_or_has_a_value_or_a_problem() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
            Gen.Elements("a", "b", "c", "d", "e", "f", "o", "missing", "1", "2.5", "'x'", "'%_'", "null", "true", "false", "+", "-", "*", "/", "||", "=", "<>", "<", ">=", "(", ")", ",", "and", "or", "not", "in", "is", "like", "lower(", "coalesce(", "length(").ListOf().ToArbitrary(),
            tokens => Try(string.Join(' ', tokens))));

    [Fact]
    public void Any_damaged_schema_is_rewritten_to_JSON_or_refused()
    {
        var good = Encoding.UTF8.GetBytes(
            """{"type":"SCHEMA","stream":"s","schema":{"type":"object","properties":{"a":{"type":["null","integer"],"enum":[1,2]},"c":{"$ref":"#/x"},"e":{"anyOf":[{"type":"string"}]},"m":{"const":"x","type":"string"},"n":true,"o":{"type":"object","properties":{"p":{"type":"string"},"q":{"type":"object"}}},"z":{}},"required":["a","o","z"]},"key_properties":["a"],"bookmark_properties":["o","c"]}""");

        Mutations.Run(good, seed: 1972, bytes => TakeSchema(Encoding.UTF8.GetString(bytes)));
    }

    [Fact]
    public void What_one_map_writes_the_next_can_read()
    {
        using var first = new TestMap(Rich);
        using var second = new TestMap(Rich);
        var good = Encoding.UTF8.GetBytes("""{"type":"RECORD","stream":"s","record":{"a":1,"b":"2","c":"12.5","e":"\u00e9\ud83d\ude42\u0000","g":[1,{"x":"y\"\\"}],"m":"secret","n":"other","o":{"p":"third","q":{"r":-1e5}},"q":"abc","z":true}}""");

        Mutations.Run(good, seed: 4711, bytes =>
        {
            var once = first.Line(bytes);
            if (!once.StartsWith('{')) return;
            JsonNode.Parse(once).ShouldNotBeNull();
            new FlexCore.Plugins.Json.JsonTape().Read(Encoding.UTF8.GetBytes(once)).ShouldBeNull();
            second.Line(once).ShouldNotBeEmpty();
        });
    }

    public static TheoryData<string> Crashers() => [.. Directory.GetFiles(Repository.PathOf("tests", "data", "crashers", "map")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Crashers))]
    public void What_once_broke_a_map_breaks_it_no_more(string file)
    {
        var text = File.ReadAllText(Path.Combine(Repository.PathOf("tests", "data", "crashers", "map"), file));
        switch (file.Split('.')[^1])
        {
            case "yaml":
                TakeMap(text);
                break;
            case "txt":
                Try(text.TrimEnd('\n'));
                break;
            default:
                foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) TakeSchema(line);
                break;
        }
    }


    private static void TakeSchema(string line)
    {
        if (new FlexCore.Plugins.Json.JsonTape().Read(Encoding.UTF8.GetBytes(line)) is not null || JsonNode.Parse(line, documentOptions: new() { MaxDepth = 300 }) is not JsonObject) return;
        using var first = new TestMap(Rich);
        using var second = new TestMap(Rich);
        var once = first.SchemaLine(line);
        if (once.StartsWith('{')) second.SchemaLine(once).ShouldNotBeEmpty();
        first.Line("""{"type":"RECORD","stream":"s","record":{"a":1,"o":{"p":1,"q":{"r":null}}}}""").ShouldNotBeEmpty();
    }

    private static void TakeMap(string yaml)
    {
        var (map, errors) = TestMap.Read(yaml);
        if (errors.Count > 0 || map is null) return;
        using var made = new TestMap(map);
        made.Record(Fields).ShouldNotBeEmpty();
        made.Schema("""{"a":{},"c":{"type":"string"},"o":{"type":"object","properties":{"p":{}}}}""", keys: "[]").ShouldNotBeEmpty();
    }

    private static void Try(string expression)
    {
        if (!Parser.TryParse(expression, _ => 0, out _, out var problem))
        {
            problem.ShouldNotBeEmpty();
            return;
        }

        using var map = new TestMap(new RecordMap { Stream = "s", Derive = [KeyValuePair.Create("r", expression)] });
        var result = map.Record(Fields);
        if (result.StartsWith('{')) JsonNode.Parse(result).ShouldNotBeNull();
        else result.ShouldStartWith("derive: field 'r': ");
    }
}
