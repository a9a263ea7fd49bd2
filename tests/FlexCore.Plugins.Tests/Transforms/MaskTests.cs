using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>What masks let through.</summary>
public sealed class MaskTests
{
    [Theory]
    [InlineData("hmac")]
    [InlineData("redact")]
    [InlineData("null")]
    [InlineData("{ keep-last: 4 }")]
    public void Null_and_missing_values_stay_so(string mask)
    {
        using var map = new TestMap($"{{ stream: s, mask: {{ a: {mask}, b: {mask} }} }}");

        map.Record("""{"a":null,"c":1}""").ShouldBe("""{"a":null,"c":1}""");
    }

    [Theory]
    [InlineData("1234567890", "******7890")]
    [InlineData("1234", "****")]
    [InlineData("12345", "*2345")]
    [InlineData("", "")]
    [InlineData("é🙂\\u00e9\\ud83d\\ude42a", "*🙂é🙂a")]
    [InlineData("a\u200db\u202ec", "*\u200db\u202ec")]
    public void Keep_last_shows_that_many_code_points_and_only_of_longer_texts(string value, string shown)
    {
        using var map = new TestMap("{ stream: s, mask: { a: { keep-last: 4 } } }");

        JsonNode.Parse(map.Record($$"""{"a":"{{value}}"}"""))!["a"]!.GetValue<string>().ShouldBe(shown);
    }

    [Theory]
    [InlineData("12345", "\"***45\"")]
    [InlineData("-1.5e3", "\"****e3\"")]
    [InlineData("true", "\"**ue\"")]
    public void Keep_last_of_a_number_or_boolean_takes_it_as_it_is_written(string value, string shown)
    {
        using var map = new TestMap("{ stream: s, mask: { a: { keep-last: 2 } } }");

        map.Record($$"""{"a":{{value}}}""").ShouldBe($$"""{"a":{{shown}}}""");
    }

    [Fact]
    public void Keep_last_shows_nothing_but_the_end_of_any_text() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Gen.Elements("a", "é", "🙂", "\n", "\"", "\\", "\u0000", "日").ListOf().ToArbitrary(), Gen.Choose(0, 12).ToArbitrary(), (points, keep) =>
        {
            using var map = new TestMap($"{{ stream: s, mask: {{ a: {{ keep-last: {keep} }} }} }}");

            var shown = JsonNode.Parse(map.Record(new JsonObject { ["a"] = string.Concat(points) }.ToJsonString()))!["a"]!.GetValue<string>();

            shown.ShouldBe(points.Count <= keep ? new string('*', points.Count) : new string('*', points.Count - keep) + string.Concat(points.Skip(points.Count - keep)));
        }));

    [Fact]
    public void Value_that_a_mask_cannot_hide_never_passes()
    {
        using var map = new TestMap("{ stream: s, flatten: true, mask: { a: { keep-last: 2 } } }");

        map.Record("""{"a":{"x":"c4n4ry"}}""").ShouldBe("mask: field 'a' is an object or a list, which keep-last cannot hide");
        map.Record("""{"a":["c4n4ry"]}""").ShouldBe("mask: field 'a' is an object or a list, which keep-last cannot hide");
    }

    [Fact]
    public void Object_whose_field_is_masked_is_hidden_whole_and_not_taken_apart()
    {
        using var map = new TestMap("{ stream: s, flatten: true, mask: { a: redact, b: null } }");

        map.Schema("""{"a":{"type":"object","properties":{"x":{"type":"string"}}},"b":{"type":"object","properties":{"x":{}}}}""", keys: "[]").ShouldContain("\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{");
        map.Record("""{"a":{"x":"c4n4ry"},"b":{"x":"c4n4ry"}}""").ShouldBe("""{"a":"***","b":null}""");
    }

    [Fact]
    public void Masked_value_is_in_no_problem_of_any_rule()
    {
        string[] rules = ["cast: { a: number }", "cast: { a: boolean }", "where: \"a > 1\"", "where: a", "where: \"not a\"", "where: \"a in (1, 2)\"", "derive: { x: \"a + 1\" }", "derive: { x: \"-a\" }", "derive: { x: \"coalesce(b, a) * 2\" }"];
        foreach (var rule in rules)
        {
            using var map = new TestMap($"{{ stream: s, mask: {{ a: redact }}, {rule} }}");
            var problem = map.Record("""{"a":"c4n4ry"}""");
            problem.ShouldNotStartWith("{");
            problem.ShouldNotContain("c4n4ry");
        }
    }

    [Fact]
    public void Texts_numbers_and_casts_of_one_value_are_masked_alike()
    {
        using var map = new TestMap("{ stream: s, cast: { b: string, c: number }, mask: { a: hmac, b: hmac, c: hmac, d: hmac } }");

        var masked = JsonNode.Parse(map.Record("""{"a":"12","b":12,"c":" 12 ","d":12}"""))!.AsObject();

        masked.Select(field => field.Value!.GetValue<string>()).Distinct().ShouldHaveSingleItem().Length.ShouldBe(64);
    }

    [Fact]
    public void Another_key_masks_otherwise()
    {
        var map = TestMap.Read("{ stream: s, mask: { a: hmac } }").Map!;
        using var one = new TestMap(map);
        using var other = new TestMap(map, "another key of thirty-two bytes!!");

        one.Record("""{"a":"x"}""").ShouldNotBe(other.Record("""{"a":"x"}"""));
    }
}
