using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>What a map makes of records.</summary>
public sealed class MapRecordTests
{
    [Theory]
    [InlineData("rename: { id: key }", """{"id":1,"b":2}""", """{"key":1,"b":2}""")]
    [InlineData("rename: { a: b, b: a }", """{"a":1,"b":2}""", """{"b":1,"a":2}""")]
    [InlineData("rename: { a: b }", """{"a":1,"b":2}""", "rename: there are two fields 'b'")]
    [InlineData("rename: { \"a\\\"b\": \"c\\\"d\" }", """{"a\"b":1}""", """{"c\"d":1}""")]
    [InlineData("drop: [b]", """{"a":1,"b":2}""", """{"a":1}""")]
    [InlineData("select: [b]", """{"a":1,"b":2}""", """{"b":2}""")]
    [InlineData("select: [x]", """{"a":1}""", "{}")]
    [InlineData("cast: { a: number }", """{"a":" 12.50 "}""", """{"a":12.50}""")]
    [InlineData("cast: { a: number }", """{"a":"123456789012345678901234567890.5"}""", """{"a":123456789012345678901234567890.5}""")]
    [InlineData("cast: { a: number }", """{"a":"1e999999"}""", """{"a":1e999999}""")]
    [InlineData("cast: { a: number }", """{"a":"-0"}""", """{"a":-0}""")]
    [InlineData("cast: { a: number }", """{"a":"NaN"}""", "cast: field 'a' is a text that cannot become a number")]
    [InlineData("cast: { a: integer }", """{"a":"1.0"}""", """{"a":1}""")]
    [InlineData("cast: { a: integer }", """{"a":9223372036854775808}""", """{"a":9223372036854775808}""")]
    [InlineData("cast: { a: integer }", """{"a":1.5}""", "cast: field 'a' is a number that cannot become an integer")]
    [InlineData("cast: { a: boolean }", """{"a":"Yes"}""", """{"a":true}""")]
    [InlineData("cast: { a: boolean }", """{"a":0}""", """{"a":false}""")]
    [InlineData("cast: { a: boolean }", """{"a":2}""", "cast: field 'a' is a number that cannot become a boolean")]
    [InlineData("cast: { a: string }", """{"a":1.50}""", """{"a":"1.50"}""")]
    [InlineData("cast: { a: string }", """{"a":[1,{"b":"é"}]}""", """{"a":"[1,{\"b\":\"é\"}]"}""")]
    [InlineData("cast: { a: number }", """{"a":null}""", """{"a":null}""")]
    [InlineData("cast: { a: number }", """{"b":1}""", """{"b":1}""")]
    [InlineData("derive: { c: \"a || '-' || b\" }", """{"a":"x","b":1}""", """{"a":"x","b":1,"c":"x-1"}""")]
    [InlineData("derive: { a: \"upper(a)\" }", """{"a":"zoë 🙂","b":1}""", """{"a":"ZOË 🙂","b":1}""")]
    [InlineData("derive: { c: \"a + b * 2\", d: \"c / 4\" }", """{"a":1,"b":0.1}""", """{"a":1,"b":0.1,"c":1.2,"d":0.3}""")]
    [InlineData("derive: { c: \"coalesce(a, b, 'none')\" }", """{"a":null}""", """{"a":null,"c":"none"}""")]
    [InlineData("derive: { c: \"a / 0\" }", """{"a":1}""", "derive: field 'c': divides by zero")]
    [InlineData("derive: { c: \"a * a\" }", """{"a":1e999999}""", "derive: field 'c': field 'a' is a number that does not fit into 28 digits")]
    [InlineData("where: \"a > 1\"", """{"a":2}""", """{"a":2}""")]
    [InlineData("where: \"a > 1\"", """{"a":1}""", "left out")]
    [InlineData("where: \"a > 1\"", """{"a":null}""", "left out")]
    [InlineData("where: \"a > 1\"", """{"a":"2"}""", "where: compares a text (field 'a') with a number")]
    [InlineData("mask: { a: redact, b: null, c: { keep-last: 2 }, d: { keep-last: 9 } }", """{"a":5,"b":"x","c":"zoë🙂é","d":"short"}""", """{"a":"***","b":null,"c":"***🙂é","d":"*****"}""")]
    [InlineData("mask: { a: hmac }", """{"a":{"b":1}}""", "mask: field 'a' is an object or a list, which hmac cannot hide")]
    [InlineData("mask: { a: redact }", """{"a":{"b":1}}""", """{"a":"***"}""")]
    [InlineData("flatten: true", """{"a":{"b":{"c":1},"d":[{"e":2}]},"f":{}}""", """{"a__b__c":1,"a__d":[{"e":2}]}""")]
    [InlineData("flatten: { separator: \".\", depth: 1 }", """{"a":{"b":{"c":1}}}""", """{"a.b":{"c":1}}""")]
    [InlineData("flatten: true", """{"a":{"b":1},"a__b":2}""", "flatten, rename: there are two fields 'a__b'")]
    [InlineData("{ flatten: true, rename: { a__b: b }, drop: [a__c] }", """{"a":{"b":1,"c":2}}""", """{"b":1}""")]
    public void Record_is_mapped_or_the_reason_is_told(string operation, string record, string expected)
    {
        using var map = Map(operation);

        map.Record(record).ShouldBe(expected);
    }

    [Fact]
    public void Operations_take_place_in_one_order_however_they_were_written()
    {
        using var map = new TestMap("{ drop: [secret], mask: { name: redact }, where: \"total > 5 and name like 'Z%'\", derive: { secret: \"name || total\" }, cast: { total: number }, rename: { sum: total }, stream: s }");

        map.Record("""{"name":"Zoë","sum":"10"}""").ShouldBe("""{"name":"***","total":10}""");
        map.Record("""{"name":"Zoë","sum":"5"}""").ShouldBe("left out");
    }

    [Fact]
    public void Everything_that_no_rule_names_stays_byte_for_byte()
    {
        using var map = Map("rename: { id: key }");

        map.Line("""{"type": "RECORD", "stream": "s", "record": {"id": 1, "text" : "\u00e9\/🙂\t", "n": 1.50e+2, "o": { "x" : [ ] }}, "time_extracted": "2026-01-01T00:00:00Z",  "version": 1e2, "more": {"a":1}}""")
            .ShouldBe("""{"type": "RECORD", "stream": "s", "record": {"key":1,"text" : "\u00e9\/🙂\t","n": 1.50e+2,"o": { "x" : [ ] }}, "time_extracted": "2026-01-01T00:00:00Z",  "version": 1e2, "more": {"a":1}}""");
    }

    [Fact]
    public void Equal_values_are_masked_equally_and_by_the_key()
    {
        using var map = Map("mask: { a: hmac, b: hmac, c: hmac }");

        var masked = JsonNode.Parse(map.Record("""{"a":"user@example.com","b":"us\u0065r@example.com","c":12}"""))!;

        // HMAC-SHA-256 of the text under the test's key, by openssl.
        masked["a"]!.GetValue<string>().ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("a key of thirty-two bytes, or so."u8, "user@example.com"u8)));
        masked["b"]!.GetValue<string>().ShouldBe(masked["a"]!.GetValue<string>());
        masked["c"]!.GetValue<string>().ShouldNotBe(masked["a"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    public void Record_that_is_no_object_is_a_problem(string record)
    {
        using var map = Map("drop: [a]");

        map.Record(record).ShouldBe("the record is not an object");
    }

    [Fact]
    public void Record_of_a_hundred_thousand_fields_is_mapped()
    {
        using var map = Map("{ flatten: true, drop: [k5] }");
        var record = $"{{{string.Join(',', Enumerable.Range(0, 100_000).Select(key => $"\"k{key}\":{{\"x\":{key}}}"))}}}";

        map.Record(record).ShouldStartWith("""{"k0__x":0,"k1__x":1,""");
    }

    [Theory]
    [InlineData("{ rename: { id: order_id }, cast: { total: number }, where: \"quantity >= 0\", mask: { email: hmac } }")]
    [InlineData("{ derive: { label: \"upper(name) || ' ' || total\", big: \"quantity * 2 > 5\" } }")]
    [InlineData("{ flatten: true, mask: { address__city: { keep-last: 2 } } }")]
    public void Mapping_a_record_allocates_nothing(string operations)
    {
        using var map = Map(operations);

        map.AllocatedBy("""{"type":"RECORD","stream":"s","record":{"id":1,"name":"Zo\u00eb","email":"z@example.com","total":"12.50","quantity":3,"address":{"city":"Porto"}}}""", 1000).ShouldBe(0);
    }

    private static TestMap Map(string operations) => new($"{{ stream: s, {(operations.StartsWith('{') ? operations[1..^1] : operations)} }}");
}
