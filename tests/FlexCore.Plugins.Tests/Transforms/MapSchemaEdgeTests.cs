using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>Schemas that say little, much or odd things.</summary>
public sealed class MapSchemaEdgeTests
{
    [Fact]
    public void Keys_follow_a_new_name_even_if_the_schema_tells_no_fields()
    {
        using var map = new TestMap("{ stream: s, rename: { id: key } }");

        map.SchemaLine("""{"type":"SCHEMA","stream":"s","schema":{},"key_properties":["id"]}""").ShouldBe("""{"type":"SCHEMA","stream":"s","schema":{},"key_properties":["key"]}""");
    }

    [Fact]
    public void Key_that_flattening_would_take_apart_is_refused()
    {
        using var map = new TestMap("{ stream: s, flatten: true }");

        map.Schema("""{"id":{"type":"object","properties":{"x":{"type":"integer"}}}}""").ShouldBe("flatten takes 'id' apart, which is a key");
    }

    [Fact]
    public void Bookmark_that_flattening_takes_apart_is_a_bookmark_no_more()
    {
        using var map = new TestMap("{ stream: s, flatten: true }");

        var schema = JsonNode.Parse(map.SchemaLine("""{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":{"type":"object","properties":{"x":{}}},"b":{}}},"key_properties":[],"bookmark_properties":["a","b"]}"""))!;

        schema["bookmark_properties"]!.ToJsonString().ShouldBe("""["b"]""");
    }

    [Fact]
    public void Field_that_may_be_an_object_or_a_text_stays_whole_in_schema_and_records()
    {
        using var map = new TestMap("{ stream: s, flatten: true }");

        map.Schema("""{"o":{"type":["object","string"],"properties":{"x":{}}}}""", keys: "[]").ShouldContain("""
            "properties":{"o":{"type":["object","string"],"properties":{"x":{}}}}
            """.Trim());
        map.Record("""{"o":{"x":1}}""").ShouldBe("""{"o":{"x":1}}""");
        map.Record("""{"o":"text"}""").ShouldBe("""{"o":"text"}""");
    }

    [Fact]
    public void Two_fields_that_swap_names_swap_all_that_is_said_of_them()
    {
        using var map = new TestMap("{ stream: s, rename: { a: b, b: a } }");

        map.SchemaLine("""{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["a"]},"key_properties":["a"],"bookmark_properties":["b"]}""")
            .ShouldBe("""{"type":"SCHEMA","stream":"s","schema":{"properties":{"b":{"type":"integer"},"a":{"type":"string"}},"required":["b"]},"key_properties":["b"],"bookmark_properties":["a"]}""");
    }

    [Theory]
    [InlineData("mask: { a: null }", """{"enum":["x","y"],"type":"string"}""", """{"enum":["x","y",null],"type":["null","string"]}""")]
    [InlineData("mask: { a: null }", """{"const":"x","type":"string"}""", """{"type":["null","string"],"enum":["x",null]}""")]
    [InlineData("mask: { a: null }", """{"anyOf":[{"type":"string"}]}""", """{"anyOf":[{"anyOf":[{"type":"string"}]},{"type":"null"}]}""")]
    [InlineData("mask: { a: null }", """{}""", """{}""")]
    [InlineData("mask: { a: null }", """true""", """{}""")]
    [InlineData("mask: { a: redact }", """{"type":"integer","minimum":1,"enum":[1]}""", """{"type":"string"}""")]
    [InlineData("mask: { a: { keep-last: 4 } }", """{"anyOf":[{"type":"string"}],"title":"t"}""", """{"type":["null","string"],"title":"t"}""")]
    [InlineData("cast: { a: string }", """{"$ref":"#/definitions/x"}""", """{"type":["null","string"]}""")]
    [InlineData("cast: { a: string }", """{"type":["string","null"],"format":"date-time"}""", """{"type":["string","null"],"format":"date-time"}""")]
    [InlineData("cast: { a: boolean }", """{"type":["string","integer"]}""", """{"type":"boolean"}""")]
    [InlineData("derive: { a: \"1\" }", """{"type":"string"}""", """{"type":["null","number"]}""")]
    [InlineData("derive: { a: \"a || 'x'\" }", """{"type":"string","maxLength":1}""", """{"type":["null","string"]}""")]
    [InlineData("derive: { a: null }", """{"type":"string"}""", """{}""")]
    [InlineData("derive: { a: \"coalesce(b, 1)\" }", """{}""", """{}""")]
    public void Definition_lets_every_mapped_value_pass(string operation, string before, string after)
    {
        using var map = new TestMap($"{{ stream: s, {operation.Replace("{ a: null }", "{ a: \"null\" }", StringComparison.Ordinal)} }}");

        JsonNode.Parse(map.Schema($$$"""{"a":{{{before}}},"b":{}}""", keys: "[]"))!["schema"]!["properties"]!["a"]!.ToJsonString().ShouldBe(after);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("true")]
    [InlineData("null")]
    public void Schema_that_is_no_object_is_refused(string schema)
    {
        using var map = new TestMap("{ stream: s, rename: { id: key } }");

        map.SchemaLine($$"""{"type":"SCHEMA","stream":"s","schema":{{schema}},"key_properties":[]}""").ShouldBe("its schema is not an object");
    }

    [Theory]
    [InlineData("""{"type":"SCHEMA","stream":"s","schema":{"properties":[1],"required":"id"},"key_properties":"id"}""")]
    [InlineData("""{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":7},"required":[1,null,"id"]},"key_properties":[{},"id"]}""")]
    [InlineData("""{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":{"type":7},"x":{"type":[1]},"y":{"type":"object","properties":null}}}}""")]
    [InlineData("""{"type":"SCHEMA","stream":"s","schema":{"properties":{"id":null}},"key_properties":null}""")]
    public void Odd_schema_is_rewritten_as_far_as_it_makes_sense(string line)
    {
        using var map = new TestMap("{ stream: \"*\", flatten: true, rename: { id: key }, cast: { key: string, x: number }, derive: { d: key, e: \"coalesce(x, y)\" }, mask: { x: null, y: redact } }");

        JsonNode.Parse(map.SchemaLine(line)).ShouldNotBeNull();
    }

    [Fact]
    public void Field_that_is_derived_from_a_derived_one_is_no_deeper_in_the_schema()
    {
        using var map = new TestMap($"{{ stream: s, derive: {{ d0: a, {string.Join(", ", Enumerable.Range(1, 600).Select(step => $"d{step}: d{step - 1}"))} }} }}");

        JsonNode.Parse(map.Schema("""{"a":{"$ref":"#/definitions/x"}}""", keys: "[]"))!["schema"]!["properties"]!["d600"]!.ToJsonString().ShouldBe("""{"anyOf":[{"$ref":"#/definitions/x"},{"type":"null"}]}""");
    }

    [Fact]
    public void Record_before_its_schema_is_mapped_by_what_it_holds()
    {
        using var map = new TestMap("{ stream: s, flatten: true, rename: { o__x: x }, cast: { x: string }, mask: { y: redact } }");

        map.Record("""{"o":{"x":1},"y":"c4n4ry","p":null}""").ShouldBe("""{"x":"1","y":"***","p":null}""");
    }

    [Fact]
    public void Newest_schema_of_a_stream_decides_what_is_taken_apart()
    {
        using var map = new TestMap("{ stream: s, flatten: true }");

        map.Schema("""{"o":{"type":"object"}}""", keys: "[]");
        map.Record("""{"o":{"x":1}}""").ShouldBe("""{"o":{"x":1}}""");
        map.Schema("""{"o":{"type":"object","properties":{"x":{}}}}""", keys: "[]");
        map.Record("""{"o":{"x":1}}""").ShouldBe("""{"o__x":1}""");
    }
}
