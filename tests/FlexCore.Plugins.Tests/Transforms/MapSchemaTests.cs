using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>What a map makes of schemas: they say what its records are.</summary>
public sealed class MapSchemaTests
{
    private const string Properties =
        """{"id":{"type":"integer"},"name":{"type":"string","maxLength":9,"description":"who"},"total":{"type":["null","string"],"format":"decimal"},"o":{"type":"object","properties":{"x":{"type":"integer"},"y":{"type":"object"}}}}""";

    [Theory]
    [InlineData("rename: { name: label }", "name", null)]
    [InlineData("rename: { name: label }", "label", """{"type":"string","maxLength":9,"description":"who"}""")]
    [InlineData("cast: { total: number }", "total", """{"type":["null","number"]}""")]
    [InlineData("cast: { name: integer }", "name", """{"type":"integer","description":"who"}""")]
    [InlineData("cast: { name: string }", "name", """{"type":"string","maxLength":9,"description":"who"}""")]
    [InlineData("mask: { name: hmac }", "name", """{"type":"string","description":"who"}""")]
    [InlineData("mask: { total: redact }", "total", """{"type":["null","string"]}""")]
    [InlineData("mask: { name: null }", "name", """{"type":["null","string"],"maxLength":9,"description":"who"}""")]
    [InlineData("derive: { n: \"length(name)\" }", "n", """{"type":["null","integer"]}""")]
    [InlineData("derive: { n: \"name || 1\" }", "n", """{"type":["null","string"]}""")]
    [InlineData("derive: { n: \"id + 1\" }", "n", """{"type":["null","number"]}""")]
    [InlineData("derive: { n: \"id > 1\" }", "n", """{"type":["null","boolean"]}""")]
    [InlineData("derive: { n: name }", "n", """{"type":["null","string"],"maxLength":9,"description":"who"}""")]
    [InlineData("derive: { n: \"coalesce(total, 'x')\" }", "n", """{"type":["null","string"]}""")]
    [InlineData("flatten: true", "o", null)]
    [InlineData("flatten: true", "o__x", """{"type":["null","integer"]}""")]
    [InlineData("flatten: true", "o__y", """{"type":["null","object"]}""")]
    [InlineData("drop: [o]", "o", null)]
    [InlineData("select: [id]", "name", null)]
    public void Field_says_what_its_mapped_values_are(string operation, string field, string? expected)
    {
        using var map = Map(operation);

        JsonNode.Parse(map.Schema(Properties))!["schema"]!["properties"]![field]?.ToJsonString().ShouldBe(expected);
    }

    [Fact]
    public void Keys_bookmarks_and_required_fields_follow_a_new_name()
    {
        using var map = Map("{ rename: { id: key, name: label }, drop: [total] }");

        var schema = JsonNode.Parse(map.SchemaLine($$"""{"type":"SCHEMA","stream":"s","schema":{"properties":{{Properties}},"required":["id","name","total"]},"key_properties":["id"],"bookmark_properties":["name"],"extra":[1]}"""))!;

        schema["key_properties"]!.ToJsonString().ShouldBe("""["key"]""");
        schema["bookmark_properties"]!.ToJsonString().ShouldBe("""["label"]""");
        schema["schema"]!["required"]!.ToJsonString().ShouldBe("""["key","label"]""");
        schema["extra"]!.ToJsonString().ShouldBe("[1]");
    }

    [Theory]
    [InlineData("drop: [id]", "drop takes 'id', which is a key")]
    [InlineData("select: [name]", "select leaves out 'id', which is a key")]
    [InlineData("mask: { id: redact }", "mask: 'id' is a key, and only hmac keeps the records of different keys apart")]
    [InlineData("rename: { name: id }", "rename: there are two fields 'id'")]
    [InlineData("cast: { nobody: number }", "cast: there is no field 'nobody' here; there are: id, name, total, o")]
    [InlineData("where: \"nobody = 1\"", "where: there is no field 'nobody' here; there are: id, name, total, o")]
    [InlineData("derive: { id: \"1\" }", "derive: 'id' is a key, and a new value for it could make one of two records")]
    [InlineData("rename: { id: key }, derive: { key: name }", "derive: 'key' is a key, and a new value for it could make one of two records")]
    [InlineData("derive: { a: \"b\", b: \"id\" }", "derive: there is no field 'b' here; there are: id, name, total, o")]
    [InlineData("drop: [o__x]", "drop: there is no field 'o__x' here; there are: id, name, total, o")]
    public void Map_that_cannot_be_right_for_the_schema_is_refused(string operation, string problem)
    {
        using var map = Map(operation);

        map.Schema(Properties).ShouldBe(problem);
    }

    [Fact]
    public void Under_a_pattern_of_streams_a_map_acts_where_it_can()
    {
        using var map = new TestMap("{ stream: \"*\", rename: { nobody: x }, drop: [total], mask: { nobody: hmac } }");

        map.Schema("""{"id":{}}""").ShouldStartWith("{");
    }

    [Fact]
    public void Null_of_an_object_that_the_schema_flattened_is_left_out()
    {
        using var map = Map("flatten: true");
        map.Schema(Properties);

        map.Record("""{"id":1,"o":null,"total":null}""").ShouldBe("""{"id":1,"total":null}""");
        map.Record("""{"id":1,"o":{"x":1,"y":{"z":2}}}""").ShouldBe("""{"id":1,"o__x":1,"o__y":{"z":2}}""");
    }

    private static TestMap Map(string operations) => new($"{{ stream: s, {(operations.StartsWith('{') ? operations[1..^1] : operations)} }}");
}
