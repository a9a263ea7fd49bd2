using System.Text.Json;
using FlexCore.Domain.Schemas;

namespace FlexCore.Domain.Tests.Schemas;

/// <summary>Schemas that mean the same have one fingerprint; of others it is told how they differ.</summary>
public sealed class SchemaChangeTests
{
    [Theory]
    [InlineData("""{"a":{"type":["null","string"]}}""", """{ "a": { "type": ["string", "null"] } }""")]
    [InlineData("""{"a":{"type":"string"},"b":{}}""", """{"b":{},"a":{"type":"string"}}""")]
    [InlineData("""{"a":{"type":"string","description":"the old text"}}""", """{"a":{"type":"string","title":"A"}}""")]
    [InlineData("""{"a":{"enum":["x","y"]}}""", """{"a":{"enum":["y","x"]}}""")]
    [InlineData("""{"a":{"type":"stri\u006eg"}}""", """{"a":{"type":"string"}}""")]
    public void Schemas_that_mean_the_same_have_one_fingerprint(string one, string other) => Fingerprint(one).ShouldBe(Fingerprint(other));

    [Theory]
    [InlineData("""{"a":{"type":"string"}}""", """{"a":{"type":"integer"}}""")]
    [InlineData("""{"a":{"type":"string"}}""", """{"a":{"type":"string"},"description":{"type":"string"}}""")]
    [InlineData("""{"a":{"enum":["x","y"]}}""", """{"a":{"enum":["x"]}}""")]
    [InlineData("""{"a":{"items":[{"type":"string"},{"type":"integer"}]}}""", """{"a":{"items":[{"type":"integer"},{"type":"string"}]}}""")]
    public void Schemas_that_mean_something_else_have_another_fingerprint(string one, string other) => Fingerprint(one).ShouldNotBe(Fingerprint(other));

    [Theory]
    [InlineData("""{"a":{"type":"string"}}""", """{"a":{"type":"string"},"b":{"type":["null","integer"]}}""", "b added (integer|null)")]
    [InlineData("""{"a":{"type":"string"},"b":{"type":"number"}}""", """{"a":{"type":"string"}}""", "b removed (was number)")]
    [InlineData("""{"a":{"type":"integer"}}""", """{"a":{"type":"number"}}""", "a widened from integer to number")]
    [InlineData("""{"a":{"type":"integer"}}""", """{"a":{"type":["integer","null"]}}""", "a widened from integer to integer|null")]
    [InlineData("""{"a":{"type":"string","format":"date-time"}}""", """{"a":{"type":"string"}}""", "a widened from string:date-time to string")]
    [InlineData("""{"a":{"type":"string"}}""", """{"a":{}}""", "a widened from string to any")]
    [InlineData("""{"a":{"type":"number"}}""", """{"a":{"type":"integer"}}""", "a narrowed or changed from number to integer")]
    [InlineData("""{"a":{"type":["string","null"]}}""", """{"a":{"type":"string"}}""", "a narrowed or changed from null|string to string")]
    [InlineData("""{"a":{"type":"integer"}}""", """{"a":{"type":"string"}}""", "a narrowed or changed from integer to string")]
    [InlineData("""{"a":{}}""", """{"a":{"type":"string"}}""", "a narrowed or changed from any to string")]
    [InlineData("""{"a":{"enum":[1,2]}}""", """{"a":{"enum":[1]}}""", "the rules for values changed")]
    [InlineData("""{"a":{"type":"string"}}""", """{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}""", "a widened from string to null|string")]
    public void Change_of_a_field_is_told_in_words(string before, string after, string expected) => Changes(before, after).ShouldBe([expected]);

    [Fact]
    public void Change_deep_inside_is_named_by_its_path_and_a_new_object_once()
    {
        const string Before = """{"address":{"type":"object","properties":{"city":{"type":"string"}}},"lines":{"type":"array","items":{"properties":{"sku":{"type":"string"}}}}}""";
        const string After = """{"address":{"type":"object","properties":{"city":{"type":"integer"}}},"lines":{"type":"array","items":{"properties":{"sku":{"type":"string"},"count":{"type":"integer"}}}},"buyer":{"type":"object","properties":{"name":{"type":"string"},"home":{"type":"object","properties":{"zip":{"type":"string"}}}}}}""";

        Changes(Before, After).ShouldBe(["address.city narrowed or changed from string to integer", "buyer added (object)", "lines[].count added (integer)"]);
        Changes(After, Before).ShouldContain("buyer removed (was object)");
        Changes(After, Before).Count.ShouldBe(3);
    }

    [Fact]
    public void Keys_and_required_fields_are_told_of()
    {
        var (before, after) = (Shape("""{"properties":{"a":{},"b":{}},"required":["a"]}""", "a"), Shape("""{"properties":{"a":{},"b":{}},"required":["b"]}""", "a", "b"));

        SchemaChange.Between(before, after).Select(change => change.ToString()).ShouldBe(["b required, was optional", "a optional, was required", "keys changed from [a] to [a, b]"]);
        SchemaChange.Between(after, after with { Keys = ["b", "a"] }).ShouldHaveSingleItem().Kind.ShouldBe(SchemaChangeKind.Other, "the order of keys says nothing");
    }

    [Fact]
    public void Schema_without_end_is_kept_up_to_a_limit()
    {
        var many = "{\"properties\":{" + string.Join(',', Enumerable.Range(0, 20_000).Select(number => $"\"f{number}\":{{\"type\":\"string\"}}")) + "}}";

        Shape(many).Fields.Count.ShouldBe(SchemaShape.MostFields);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("[]")]
    [InlineData("""{"properties":[],"items":5,"anyOf":{},"required":"a","type":7}""")]
    [InlineData("""{"properties":{"a":null,"b":[],"c":{"type":{},"format":1}}}""")]
    public void Schema_that_is_none_is_looked_at_all_the_same(string schema)
    {
        Shape(schema).ShouldNotBeNull();
        SchemaFingerprint.Of(JsonElement.Parse(schema), []).Length.ShouldBe(64);
    }

    private static SchemaShape Shape(string schema, params string[] keys) => SchemaShape.Of(JsonElement.Parse(schema), keys);

    private static string Fingerprint(string properties) => SchemaFingerprint.Of(JsonElement.Parse($$"""{"type":"object","properties":{{properties}}}"""), ["id"]);

    private static List<string> Changes(string before, string after) =>
        [.. SchemaChange.Between(Shape($$"""{"properties":{{before}}}"""), Shape($$"""{"properties":{{after}}}""")).Select(change => change.ToString())];
}
