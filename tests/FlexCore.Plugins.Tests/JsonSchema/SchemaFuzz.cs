using System.Diagnostics;
using System.Text;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;
using FlexCore.Testing;

namespace FlexCore.Plugins.Tests.JsonSchema;

public sealed class SchemaFuzz
{
    private const string Schema = """
        {"$schema":"http://json-schema.org/draft-07/schema#","$id":"http://a.b/c/","type":"object","required":["id"],"minProperties":1,
         "properties":{"id":{"type":"integer","minimum":-1e3,"exclusiveMaximum":99.50,"multipleOf":0.5},"s":{"type":["null","string"],"minLength":1,"maxLength":9,
         "pattern":"^[\\w🙂-]+(?:\\.\\d{1,3})?\\u00e9?\\p{L}*$"},"l":{"items":[{"const":1.0}],"additionalItems":{"$ref":"#/definitions/x%7E0y"},"uniqueItems":true,"contains":true},
         "o":{"patternProperties":{"(?=a)b*":{"enum":[1,"a",{"b":[null]}]}},"additionalProperties":false,"propertyNames":{"not":{"const":"z"}},"dependencies":{"a":["b"],"b":{}}},
         "r":{"$ref":"d.json#e"}},
         "if":{"anyOf":[{"required":["s"]},{"oneOf":[{},false]}]},"then":{"allOf":[true]},"else":{"maxProperties":3},
         "definitions":{"x~y":{"$id":"d.json","definitions":{"q":{"$id":"#e","type":"boolean"}}}}}
        """;

    private const string Document = """{"id":1.0,"s":"a\ud83d\ude42-.123\u00e9ö","l":[1e0,{"id":2},[1,2,{}],-0,123456789012345678901234567890123456789012],"o":{"ab":{"b":[null]}},"r":true}""";

    [Fact]
    public void Any_mutation_of_a_schema_compiles_or_is_refused() =>
        Mutations.Run(Encoding.UTF8.GetBytes(Schema), seed: 90210, bytes => Check(bytes, Encoding.UTF8.GetBytes(Document)));

    [Fact]
    public void Any_mutation_of_a_document_is_valid_or_not()
    {
        var schema = Checked.Schema(Schema);
        schema.Validate(Checked.Document(Document), JsonTape.Root).ShouldBeNull();

        Mutations.Run(Encoding.UTF8.GetBytes(Document), seed: 1337, bytes => Validate(schema, bytes));
    }

    [Theory]
    [InlineData("[]{}()^$.|*+?\\\\-,:=!<>abdDwWsSpPuxkc019 {2,3}\\p{L}\\u{1F600}")]
    public void Any_mutation_of_a_pattern_compiles_or_is_refused(string pattern) =>
        Mutations.Run(Encoding.UTF8.GetBytes($$"""{"pattern":"{{pattern}}"}"""), seed: 42, bytes => Check(bytes, Encoding.UTF8.GetBytes("\"a1 [🙂\"")));

    public static TheoryData<string> Crashers => [.. Directory.EnumerateFiles(Repository.PathOf("tests", "data", "crashers", "json-schema")).Select(file => Path.GetFileName(file))];

    /// <summary>Each file is a schema and, below it, a document.</summary>
    [Theory]
    [MemberData(nameof(Crashers))]
    public void What_once_threw_or_took_for_ever_does_not_again(string file)
    {
        var lines = File.ReadAllLines(Repository.PathOf("tests", "data", "crashers", "json-schema", file));
        var started = Stopwatch.GetTimestamp();

        Check(Encoding.UTF8.GetBytes(lines[0]), Encoding.UTF8.GetBytes(lines[1]));

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    private static void Check(byte[] schema, byte[] document)
    {
        if (CompiledSchema.TryCompile(schema, out var compiled, out var problem)) Validate(compiled, document);
        else problem.ShouldNotBeEmpty();
    }

    private static void Validate(CompiledSchema schema, byte[] document)
    {
        var tape = new JsonTape();
        if (tape.Read(document) is not null) return;
        var violations = schema.ValidateAll(tape, JsonTape.Root, 10);
        (schema.Validate(tape, JsonTape.Root) is null).ShouldBe(violations.Count == 0);
    }
}
