using System.Text;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.Tests.JsonSchema;

public sealed class ViolationTests
{
    [Theory]
    [InlineData("""{"properties":{"age":{"minimum":0}}}""", """{"age":-4}""", "/age | /properties/age/minimum | must be >= 0")]
    [InlineData("""{"properties":{"age":{"exclusiveMaximum":9.50}}}""", """{"age":10}""", "/age | /properties/age/exclusiveMaximum | must be < 9.50")]
    [InlineData("""{"maximum":5,"exclusiveMaximum":true}""", "5", " | /maximum | must be < 5")]
    [InlineData("""{"multipleOf":0.01}""", "0.001", " | /multipleOf | must be a multiple of 0.01")]
    [InlineData("""{"required":["name","id"]}""", """{"name":1}""", " | /required | is missing 'id'")]
    [InlineData("""{"items":{"required":["a\u001b"]}}""", "[{}]", "/0 | /items/required | is missing 'a\\u001b'")]
    [InlineData("""{"additionalProperties":false,"properties":{"a":{}}}""", """{"a":1,"b/c~d":2}""", "/b~1c~0d | /additionalProperties | is not allowed")]
    [InlineData("""{"properties":{"a":{"type":["null","string"]}}}""", """{"a":5}""", "/a | /properties/a/type | must be a text or null")]
    [InlineData("""{"type":["array","boolean","object"]}""", "5", " | /type | must be an object, a list or true or false")]
    [InlineData("""{"items":[{},{"maxLength":1}]}""", """[1,"xx"]""", "/1 | /items/1/maxLength | must have at most 1 character")]
    [InlineData("""{"minItems":2}""", "[1]", " | /minItems | must have at least 2 items")]
    [InlineData("""{"maxProperties":0}""", """{"a":1}""", " | /maxProperties | must have at most 0 members")]
    [InlineData("""{"enum":["a",1,null]}""", "\"b\"", " | /enum | must be one of: \"a\", 1, null")]
    [InlineData("""{"const":{"a":1}}""", "5", " | /const | must be {\"a\":1}")]
    [InlineData("""{"pattern":"^a\u202e"}""", "\"b\"", " | /pattern | must match \"^a\\u202e\"")]
    [InlineData("""{"uniqueItems":true}""", "[1,2,1.0]", " | /uniqueItems | must not hold the same item twice")]
    [InlineData("""{"contains":{"type":"null"}}""", "[1]", " | /contains | must hold at least one item that is valid under 'contains'")]
    [InlineData("""{"not":{}}""", "1", " | /not | must not be valid under 'not'")]
    [InlineData("""{"oneOf":[{},true]}""", "1", " | /oneOf | is valid under more than one of the schemas, must be under exactly one")]
    [InlineData("""{"anyOf":[{"minimum":3},{"minimum":4}]}""", "1", " | /anyOf | is valid under none of the schemas, must be under at least one")]
    [InlineData("""{"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]}""", "{}", " | /anyOf/1/required | is missing 'a'")]
    [InlineData("""{"if":{"required":["a"]},"then":{"required":["b"]}}""", """{"a":1}""", " | /then/required | is missing 'b'")]
    [InlineData("""{"if":{"required":["a"]},"else":false}""", "{}", " | /else | is not allowed")]
    [InlineData("""{"propertyNames":{"maxLength":1}}""", """{"a":1,"bc":2}""", "/bc | /propertyNames/maxLength | has a name that must have at most 1 character")]
    [InlineData("""{"dependencies":{"a":["b"]}}""", """{"a":1}""", " | /dependencies/a | is missing 'b', which 'a' needs")]
    [InlineData("""{"dependencies":{"a":{"maxProperties":1}}}""", """{"a":1,"b":2}""", " | /dependencies/a/maxProperties | must have at most 1 member")]
    [InlineData("""{"patternProperties":{"^a":{"type":"null"}}}""", """{"ab":1}""", "/ab | /patternProperties/^a/type | must be null")]
    [InlineData("""{"items":{"$ref":"#/definitions/a"},"definitions":{"a":{"maximum":3}}}""", "[[],[4],5]", "/2 | /definitions/a/maximum | must be <= 3")]
    [InlineData("false", "{}", " |  | is not allowed")]
    public void Violation_names_the_value_the_keyword_and_what_is_asked(string schema, string document, string violation) =>
        Checked.Violation(schema, document).ShouldBe(violation);

    [Fact]
    public void All_violations_are_found_each_once()
    {
        const string schema = """
            {"required":["id","name"],"additionalProperties":false,"properties":{"a":{"type":"string"},"list":{"items":{"minimum":0}}},
             "allOf":[{"$ref":"#/definitions/x"},{"$ref":"#/definitions/x"}],"definitions":{"x":{"maxProperties":2}}}
            """;

        Checked.Violations(schema, """{"a":1,"list":[-1,0,-2],"x":null}""").ShouldBe(
        [
            "/a | /properties/a/type | must be a text",
            "/list/0 | /properties/list/items/minimum | must be >= 0",
            "/list/2 | /properties/list/items/minimum | must be >= 0",
            "/x | /additionalProperties | is not allowed",
            " | /required | is missing 'id'",
            " | /required | is missing 'name'",
            " | /definitions/x/maxProperties | must have at most 2 members",
        ]);
        Checked.Violations(schema, """{"a":1,"list":[-1,0,-2],"x":null}""", limit: 2).Count().ShouldBe(2);
        Checked.Violations(schema, """{"id":1,"name":2}""").Count().ShouldBe(2);
    }

    [Fact]
    public void Paths_begin_at_the_value_that_was_asked_about()
    {
        var message = Checked.Document("""{"type":"RECORD","record":{"id":"x"}}""");

        var violation = Checked.Schema("""{"properties":{"id":{"type":"integer"}}}""").Validate(message, message.Find(JsonTape.Root, "record"u8));

        violation.ShouldNotBeNull().InstancePath.ShouldBe("/id");
    }

    [Fact]
    public void Values_of_the_document_are_in_no_message()
    {
        const string secret = "canary-5318008";
        string[] schemas =
        [
            "{\"type\":\"null\"}", "{\"enum\":[1,\"x\"]}", "{\"const\":\"y\"}", "{\"maxLength\":1}", "{\"minLength\":100}", "{\"pattern\":\"^z\"}", "{\"not\":{}}", "false",
            "{\"anyOf\":[{\"maxLength\":1},{\"type\":\"null\"}]}", "{\"oneOf\":[{},{}]}", "{\"if\":{},\"then\":false}", "{\"multipleOf\":7}", "{\"maximum\":7}",
        ];
        foreach (var schema in schemas)
        {
            var violations = Checked.Violations($$"""{"additionalProperties":{{schema}}}""", $$"""{"a":"{{secret}}","b":5318008}""").ToList();
            violations.ShouldNotBeEmpty();
            violations.ShouldAllBe(violation => !violation.Contains("5318008", StringComparison.Ordinal));
        }

        Checked.Violations("""{"uniqueItems":true,"contains":false}""", $"[\"{secret}\",\"{secret}\"]").ShouldAllBe(violation => !violation.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_of_members_cannot_steer_a_terminal_and_are_cut_short()
    {
        var violation = Checked.Violation("""{"additionalProperties":false}""", $$"""{"\u001b[31m{{new string('x', 5000)}}":1}""").ShouldNotBeNull();

        violation.ShouldStartWith("/\\u001b[31mxxx");
        violation.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public void Checking_a_valid_record_allocates_nothing()
    {
        const string schema = """
            {"type":"object","required":["id"],"additionalProperties":false,"minProperties":1,"propertyNames":{"maxLength":20},"dependencies":{"id":["name"]},
             "patternProperties":{"^x-":{}},
             "properties":{"id":{"type":"integer","minimum":-2147483648,"maximum":2147483647},"name":{"type":["null","string"],"maxLength":15,"pattern":"^\\S+ \\S+$"},
             "created":{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]},"amount":{"type":"number","multipleOf":0.01,"maximum":12345678901234567890123456789},
             "tags":{"type":"array","uniqueItems":true,"items":{"enum":["a","b","c","d","e","f","g","h","i","j"]},"contains":{"const":"b"}},
             "nested":{"$ref":"#"},"kind":{"oneOf":[{"const":1},{"enum":["x",{"y":1}]}],"not":{"type":"null"},"if":{"type":"string"},"then":{"minLength":1}}}}
            """;
        const string record = """
            {"id":12345,"name":"Zo\u00eb Müller","created":null,"amount":123456789012345678901234567.89,"tags":["a","b","j"],"x-1":0,
             "kind":{"y":1.0},"nested":{"id":1,"name":"a b"}}
            """;
        var compiled = Checked.Schema(schema);
        var tape = Checked.Document(record);
        for (var i = 0; i < 200; i++) compiled.Validate(tape, JsonTape.Root).ShouldBeNull();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) compiled.Validate(tape, JsonTape.Root);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public async Task One_schema_serves_many_threads()
    {
        var schema = Checked.Schema("""{"properties":{"a":{"pattern":"^[a-z]+$","enum":["abc","abd"]}}}""");

        var verdicts = await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            var tape = new JsonTape();
            tape.Read(Encoding.UTF8.GetBytes($$"""{"a":"{{(thread % 2 == 0 ? "abc" : "ABC")}}"}"""));
            return Enumerable.Range(0, 2000).Count(_ => schema.Validate(tape, JsonTape.Root) is null);
        })));

        verdicts.ShouldBe([2000, 0, 2000, 0, 2000, 0, 2000, 0]);
    }
}
