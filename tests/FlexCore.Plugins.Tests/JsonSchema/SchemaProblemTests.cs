using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;

namespace FlexCore.Plugins.Tests.JsonSchema;

public sealed class SchemaProblemTests
{
    [Theory]
    [InlineData("", "the schema is not valid JSON, or nests deeper than 256 levels")]
    [InlineData("""{"type":"object","type":"array"}""", "the schema has the key 'type' twice")]
    [InlineData("7", "the schema must be a schema: an object, true or false")]
    [InlineData("""{"properties":{"id":{"type":"strin"}}}""", "/properties/id/type names no type: 'strin'; there are array, boolean, integer, null, number, object, string")]
    [InlineData("""{"type":["null","\u001b[1m"]}""", "/type/1 names no type: '\\u001b[1m'; there are array, boolean, integer, null, number, object, string")]
    [InlineData("""{"type":[]}""", "/type must name at least one type")]
    [InlineData("""{"type":7}""", "/type must be a text")]
    [InlineData("""{"minimum":"x"}""", "/minimum must be a number")]
    [InlineData("""{"multipleOf":0}""", "/multipleOf must be more than 0")]
    [InlineData("""{"multipleOf":-1}""", "/multipleOf must be more than 0")]
    [InlineData("""{"minLength":-1}""", "/minLength must be a whole number from 0")]
    [InlineData("""{"maxItems":1.5}""", "/maxItems must be a whole number from 0")]
    [InlineData("""{"maxProperties":"3"}""", "/maxProperties must be a whole number from 0")]
    [InlineData("""{"pattern":7}""", "/pattern must be a text")]
    [InlineData("""{"uniqueItems":"yes"}""", "/uniqueItems must be true or false")]
    [InlineData("""{"enum":"a"}""", "/enum must be a list")]
    [InlineData("""{"required":"id"}""", "/required must be a list of texts")]
    [InlineData("""{"required":["id",7]}""", "/required must be a list of texts")]
    [InlineData("""{"properties":[]}""", "/properties must be an object")]
    [InlineData("""{"properties":{"a/b~":3}}""", "/properties/a~1b~0 must be a schema: an object, true or false")]
    [InlineData("""{"items":[{},null]}""", "/items/1 must be a schema: an object, true or false")]
    [InlineData("""{"allOf":[]}""", "/allOf must be a list of at least one schema")]
    [InlineData("""{"anyOf":{}}""", "/anyOf must be a list of at least one schema")]
    [InlineData("""{"dependencies":{"a":"b"}}""", "/dependencies/a must be a schema: an object, true or false")]
    [InlineData("""{"$ref":7}""", "/$ref must be a text")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","minimum":1,"exclusiveMinimum":true}""", "/exclusiveMinimum must be a number")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema","properties":{"a":{"required":true}}}""", "/properties/a/required must be a list of texts")]
    [InlineData("""{"properties":{"a":{"$ref":"#/definitions/b"}}}""", "/properties/a/$ref refers to '#/definitions/b', which does not exist")]
    [InlineData("""{"$ref":"#b"}""", "/$ref refers to '#b', and no schema has that id")]
    [InlineData("""{"$ref":"#"}""", "the schema refers to nothing but itself")]
    [InlineData("""{"items":{"$ref":"#/definitions/a"},"definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}""", "/items refers to nothing but itself")]
    public void Unusable_schema_is_refused_where_it_is_wrong(string schema, string problem) => Checked.Problem(schema).ShouldBe(problem);

    [Theory]
    [InlineData("http://example.com/schema.json")]
    [InlineData("https://json-schema.org/draft/2020-12/schema")]
    [InlineData("other.json#/definitions/a")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//example.com/a")]
    public void Remote_schema_is_never_fetched(string uri) =>
        Checked.Problem($$"""{"properties":{"a":{"$ref":"{{uri}}"} } }""").ShouldBe($"/properties/a/$ref refers to '{uri}', and remote schemas are never fetched");

    [Theory]
    [InlineData("{}")]
    [InlineData("true")]
    [InlineData("""{"type":["null","string"],"format":"date-time","x-sql-type":"varchar","inclusion":"available"}""")]
    [InlineData("""{"type":["string","string"]}""")]
    [InlineData("""{"properties":{"id":{"type":"integer","required":true}}}""")]
    [InlineData("""{"$schema":"https://example.com/mine","minimum":1,"exclusiveMinimum":true}""")]
    [InlineData("""{"$schema":5,"id":7,"$id":[],"title":null,"description":{},"default":"\u0000","examples":3,"format":9}""")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema#","const":1,"if":7,"contains":0,"propertyNames":"x"}""")]
    [InlineData("""{"definitions":{"unused":{"$ref":"http://example.com/x"}}}""")]
    [InlineData("""{"enum":[]}""")]
    [InlineData("""{"required":[]}""")]
    [InlineData("""{"dependencies":{"a":[]}}""")]
    public void Common_or_sloppy_schema_compiles(string schema) => Checked.Problem(schema).ShouldBeNull();

    [Fact]
    public void Known_documents_are_referred_to_by_their_URI()
    {
        Dictionary<string, ReadOnlyMemory<byte>> known = new(StringComparer.Ordinal)
        {
            ["urn:ids"] = """{"definitions":{"id":{"type":"integer","minimum":1}}}"""u8.ToArray(),
            ["urn:bad"] = "{"u8.ToArray(),
        };
        var schema = """{"properties":{"id":{"$ref":"urn:ids#/definitions/id"}}}"""u8.ToArray();
        CompiledSchema.TryCompile(schema, out var compiled, out _, knownDocuments: known).ShouldBeTrue();

        compiled!.Validate(Checked.Document("""{"id":0}"""), JsonTape.Root).ShouldBe(new SchemaViolation("/id", "urn:ids#/definitions/id/minimum", "must be >= 1"));
        CompiledSchema.TryCompile("""{"$ref":"urn:bad"}"""u8.ToArray(), out _, out var problem, knownDocuments: known).ShouldBeFalse();
        problem.ShouldBe("the schema refers to urn:bad, which is not valid JSON, or nests deeper than 256 levels");
    }

    [Theory]
    [InlineData("04", """{"minLength":-1}""", "#/definitions/positiveInteger/minimum | must be >= 0")]
    [InlineData("06", """{"type":"strin"}""", "#/definitions/simpleTypes/enum | must be one of: ")]
    [InlineData("07", """{"if":3}""", "#/type | must be an object or true or false")]
    public void Metaschemas_are_known(string draft, string schema, string violation)
    {
        var found = Checked.Violation($$"""{"$ref":"http://json-schema.org/draft-{{draft}}/schema#"}""", schema).ShouldNotBeNull();

        found.ShouldContain($"http://json-schema.org/draft-{draft}/schema{violation}");
    }

    [Fact]
    public void Schema_may_be_changed_after_it_was_compiled()
    {
        var bytes = """{"const":"aaa"}"""u8.ToArray();
        CompiledSchema.TryCompile(bytes, out var compiled, out _).ShouldBeTrue();

        bytes.AsSpan().Fill((byte)' ');

        compiled!.Validate(Checked.Document("\"aaa\""), JsonTape.Root).ShouldBeNull();
    }

    [Fact]
    public void Long_chain_of_references_is_followed_once()
    {
        var definitions = string.Join(',', Enumerable.Range(0, 3000).Select(i => $$"""
            "d{{i}}":{"$ref":"#/definitions/d{{i + 1}}"}
            """));
        var properties = string.Join(',', Enumerable.Range(0, 3000).Select(i => $$"""
            "p{{i}}":{"$ref":"#/definitions/d{{i}}"}
            """));
        var schema = Checked.Schema($$"""{"properties":{{{properties}}},"definitions":{{{definitions}},"d3000":{"type":"integer"} } }""");

        schema.Validate(Checked.Document("""{"p7":1,"p2999":"x"}"""), JsonTape.Root)
            .ShouldBe(new SchemaViolation("/p2999", "/definitions/d3000/type", "must be a whole number"));
    }
}
