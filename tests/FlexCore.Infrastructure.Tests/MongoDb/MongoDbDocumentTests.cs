using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Infrastructure.MongoDb;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Infrastructure.Tests.MongoDb;

public sealed class MongoDbDocumentTests
{
    /// <summary>Of every type that there is, as https://github.com/mongodb/specifications/blob/master/source/extended-json.md writes it.</summary>
    public const string AllTypes =
        """
        {"_id": {"$oid": "57e193d7a9cc81b4027498b5"}, "text": "\u00e9\u0000\ud83d\ude00", "int32": {"$numberInt": "-2147483648"}, "int64": {"$numberLong": "9223372036854775807"},
         "small64": {"$numberLong": "1"}, "double": {"$numberDouble": "1.0"}, "third": {"$numberDouble": "0.33333333333333331483"}, "nan": {"$numberDouble": "NaN"}, "infinity": {"$numberDouble": "-Infinity"},
         "zero": {"$numberDouble": "-0.0"}, "decimal": {"$numberDecimal": "1234567890123456789012345678901234"}, "scale": {"$numberDecimal": "1.10"}, "bytes": {"$binary": {"base64": "AAEC/w==", "subType": "00"}},
         "uuid": {"$binary": {"base64": "c//SZESzTGmQ6OfR38A11A==", "subType": "04"}}, "date": {"$date": {"$numberLong": "1356351330501"}}, "year0": {"$date": {"$numberLong": "-62167219200000"}},
         "far": {"$date": {"$numberLong": "253402300800000"}}, "timestamp": {"$timestamp": {"t": 42, "i": 1}}, "regex": {"$regularExpression": {"pattern": "^a/b\\d", "options": "im"}}, "code": {"$code": "x()"},
         "scoped": {"$code": "x()", "$scope": {"a": {"$numberInt": "1"}}}, "least": {"$minKey": 1}, "greatest": {"$maxKey": 1}, "null": null, "true": true, "array": [{"$numberInt": "1"}, "a", [], {}], "nested": {"": {"$numberInt": "1"}}}
        """;

    [Fact]
    public void Nothing_of_any_type_is_lost_on_the_way_through_canonical_JSON()
    {
        var document = MongoDbDocument.Parse(AllTypes);

        var again = MongoDbDocument.Parse(document.ToUtf8(MongoDbJson.Canonical));

        again.Bson.ToArray().ShouldBe(document.Bson.ToArray());
        JsonElement.DeepEquals(document.ToJson(MongoDbJson.Canonical), JsonElement.Parse(AllTypes)).ShouldBeTrue(document.ToJson(MongoDbJson.Canonical).ToString());
    }

    [Fact]
    public void Relaxed_JSON_is_as_people_write_it()
    {
        var document = MongoDbDocument.From(new JsonObject { ["a"] = 1, ["b"] = 5_000_000_000, ["c"] = 1.5, ["d"] = new JsonObject { ["$date"] = "2024-02-29T12:00:00.5Z" }, ["e"] = "x" });

        document.ToJson(MongoDbJson.Relaxed).GetRawText().Replace(" ", "", StringComparison.Ordinal).ShouldBe("""{"a":1,"b":5000000000,"c":1.5,"d":{"$date":"2024-02-29T12:00:00.500Z"},"e":"x"}""");
        document.ToJson(MongoDbJson.Canonical).GetProperty("b").GetProperty("$numberLong").GetString().ShouldBe("5000000000");
        MongoDbDocument.From(JsonElement.Parse("""{"a": 1}""")).Bson.ToArray().ShouldBe(MongoDbDocument.Parse("""{"a": 1}""").Bson.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\": NaN}")]
    [InlineData("{\"a\": {\"$oid\": \"canary\"}}")]
    [InlineData("{\"a\": {\"$date\": \"canary\"}}")]
    [InlineData("{\"a\": {\"$numberInt\": \"canary\"}}")]
    [InlineData("{\"a\": {\"$numberLong\": \"9223372036854775808\"}}")]
    [InlineData("{\"a\\u0000b\": 1}")]
    [InlineData("{\"a\": \"\\ud800\"}")]
    [InlineData("{\"\\ud800\": 1}")]
    public void Text_that_is_no_document_is_refused_without_its_values(string json)
    {
        Should.Throw<FormatException>(() => MongoDbDocument.Parse(json)).ToString().ShouldNotContain("canary");
    }

    [Fact]
    public void Text_with_half_of_a_character_is_refused()
    {
        Should.Throw<FormatException>(() => MongoDbDocument.Parse("{\"a\": \"\ud800\"}"));
        Should.Throw<FormatException>(() => MongoDbDocument.Parse([.. "{\"a\": \""u8, 0xC3, 0x28, .. "\"}"u8]));
    }

    [Fact]
    public void Depth_and_length_have_the_limits_of_MongoDB()
    {
        MongoDbDocument.Parse(Nested(MongoDbDocument.MaxJsonDepth, "{\"a\":1}")).ToJson(MongoDbJson.Relaxed).ValueKind.ShouldBe(JsonValueKind.Object);
        MongoDbDocument.Parse(Nested(MongoDbDocument.MaxJsonDepth - 2, "{\"a\":{\"$date\":{\"$numberLong\":\"1\"}}}")).ToJson(MongoDbJson.Canonical).ValueKind.ShouldBe(JsonValueKind.Object);
        Should.Throw<FormatException>(() => MongoDbDocument.Parse(Nested(MongoDbDocument.MaxJsonDepth + 1))).Message.ShouldContain("deeper");
        MongoDbDocument.FromBson(NestedBytes(MongoDbDocument.MaxDepth)).ToJson(MongoDbJson.Canonical).GetRawText().ShouldNotContain("...");
        Should.Throw<FormatException>(() => MongoDbDocument.FromBson(NestedBytes(MongoDbDocument.MaxDepth + 1))).Message.ShouldContain("deeper");
        Should.Throw<FormatException>(() => MongoDbDocument.Parse(Nested(100_000)));
        MongoDbDocument.Parse($$"""{"a": "{{new string('x', MongoDbDocument.MaxBytes - 13)}}"}""").Bson.Length.ShouldBe(MongoDbDocument.MaxBytes);
        Should.Throw<FormatException>(() => MongoDbDocument.Parse($$"""{"a": "{{new string('x', MongoDbDocument.MaxBytes - 12)}}"}""")).Message.ShouldContain("longer");
    }

    [Fact]
    public void Bytes_that_are_nested_a_million_times_are_refused()
    {
        Should.Throw<FormatException>(() => MongoDbDocument.FromBson(NestedBytes(1_000_000))).Message.ShouldContain("deeper");
    }

    [Fact]
    public void Bytes_that_were_changed_anywhere_are_a_document_or_refused_and_never_read_beyond_their_end()
    {
        var good = MongoDbDocument.Parse(AllTypes).Bson.ToArray();
        var change = from place in Gen.Choose(0, good.Length - 1)
                     from value in Gen.Choose(0, 255)
                     from end in Gen.Frequency((3, Gen.Constant(good.Length)), (1, Gen.Choose(0, good.Length)))
                     select (place, value, end);
        var accepted = 0;

        Prop.ForAll(change.ListOf().ToArbitrary(), changes =>
        {
            var bytes = good.ToArray();
            foreach (var (place, value, end) in changes)
            {
                bytes[place] = (byte)value;
                if (end < bytes.Length) bytes = [.. bytes[..end], .. new byte[good.Length - end]];
            }

            try
            {
                // What was accepted, the driver can write.
                MongoDbDocument.FromBson(bytes).ToJson(MongoDbJson.Canonical);
                accepted++;
            }
            catch (FormatException)
            {
                // Refused.
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

        accepted.ShouldBeGreaterThan(0);
    }

    private static string Nested(int depth, string innermost = "{}") => new StringBuilder().Insert(0, "{\"a\":", depth - 1).Append(innermost).Append('}', depth - 1).ToString();

    private static byte[] NestedBytes(int depth)
    {
        // Each level but the innermost: its length, then the type and the name of its only field; a zero ends each.
        var bytes = new byte[((depth - 1) * 8) + 5];
        for (var level = 0; level < depth; level++)
        {
            var begin = level * 7;
            BitConverter.TryWriteBytes(bytes.AsSpan(begin), ((depth - 1 - level) * 8) + 5).ShouldBeTrue();
            if (level < depth - 1) (bytes[begin + 4], bytes[begin + 5]) = (3, (byte)'a');
        }

        return bytes;
    }
}
