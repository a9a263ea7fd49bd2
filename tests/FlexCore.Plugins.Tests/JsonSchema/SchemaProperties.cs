using System.Text;
using System.Text.Json.Nodes;
using FlexCore.Plugins.Json;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.JsonSchema;

/// <summary>Against models that are slow and plain.</summary>
public sealed class SchemaProperties
{
    private static readonly string[] Names = ["a", "b", "ä", "🙂"];

    [Fact]
    public void Values_are_equal_to_const_enum_and_uniqueItems_as_to_a_naive_model() =>
        Prop.ForAll(Pairs(), pair =>
        {
            var (left, right) = (pair.Left.ToJsonString(), pair.Right.ToJsonString());
            var equal = AreEqual(pair.Left, pair.Right);
            return Checked.IsValid($$"""{"const":{{left}}}""", right) == equal
                && Checked.IsValid($$"""{"enum":[91,92,93,94,95,96,97,98,99,{{left}}]}""", right) == equal
                && Checked.IsValid("""{"uniqueItems":true}""", $"[{left},{right}]") == !equal;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bounds_and_multiples_are_those_of_decimals() =>
        Prop.ForAll(Decimals(), Decimals(), (left, right) =>
            Checked.IsValid($$"""{"minimum":{{right}}}""", $"{left}") == left >= right
            && Checked.IsValid($$"""{"exclusiveMaximum":{{right}}}""", $"{left}") == left < right
            && (right == 0 || Checked.IsValid($$"""{"multipleOf":{{Math.Abs(right)}}}""", $"{left}") == (left % right == 0)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Not_turns_every_verdict_round() =>
        Prop.ForAll(Pairs(), pair =>
        {
            var schema = $$"""{"anyOf":[{"const":{{pair.Left.ToJsonString()}}},{"type":"string","maxLength":1},{"maximum":3,"type":"number"}]}""";
            var document = pair.Right.ToJsonString();
            return Checked.IsValid(schema, document) != Checked.IsValid($$"""{"not":{{schema}}}""", document);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void There_is_a_violation_exactly_when_there_are_violations() =>
        Prop.ForAll(Pairs(), pair =>
        {
            var schema = Checked.Schema($$"""{"items":{"const":{{pair.Left.ToJsonString()}}},"additionalProperties":{"enum":[{{pair.Left.ToJsonString()}}]},"maxItems":2,"maxProperties":2}""");
            var document = JsonTape.Of(Encoding.UTF8.GetBytes(pair.Right.ToJsonString()));
            var all = schema.ValidateAll(document, JsonTape.Root, 100);
            return schema.Validate(document, JsonTape.Root) == (all.Count == 0 ? null : all[0]);
        }).QuickCheckThrowOnFailure();

    private static Arbitrary<decimal> Decimals() =>
        (from digits in Gen.Choose(-10_000, 10_000) from scale in Gen.Choose(0, 4) select new decimal(Math.Abs(digits), 0, 0, digits < 0, (byte)scale)).ToArbitrary();

    /// <summary>Two values, often equal but written otherwise.</summary>
    private static Arbitrary<(JsonNode Left, JsonNode Right)> Pairs() =>
        (from left in Values(2)
         from other in Values(2)
         from same in Gen.Elements(true, false)
         select (left, same ? Rewrite(left) : other)).ToArbitrary();

    private static Gen<JsonNode> Values(int depth)
    {
        var leaves = Gen.OneOf(
            Gen.Elements("0", "-0", "1", "1.0", "10e-1", "2", "0.5", "1e400", "123456789012345678901234567890", "true", "false").Select(json => JsonNode.Parse(json)!),
            Gen.Elements("", "a", "b", "ä", "🙂", "1").Select(text => (JsonNode)JsonValue.Create(text)));
        if (depth == 0) return leaves;
        var lists = Gen.Choose(0, 3).SelectMany(count => Values(depth - 1).ArrayOf(count)).Select(items => (JsonNode)new JsonArray([.. items.Select(item => item.DeepClone())]));
        var objects = Gen.SubListOf(Names).SelectMany(names => Values(depth - 1).ArrayOf(names.Count).Select(values =>
            (JsonNode)new JsonObject(names.Zip(values, (name, value) => KeyValuePair.Create(name, (JsonNode?)value.DeepClone())))));
        return Gen.OneOf(leaves, lists, objects);
    }

    /// <summary>The same value: members the other way round, 1 as 1.0.</summary>
    private static JsonNode Rewrite(JsonNode value) => value switch
    {
        JsonObject members => new JsonObject(members.Reverse().Select(member => KeyValuePair.Create(member.Key, (JsonNode?)Rewrite(member.Value!)))),
        JsonArray items => new JsonArray([.. items.Select(item => Rewrite(item!))]),
        _ when value.ToJsonString() is "1" or "1.0" => JsonNode.Parse("0.1E1")!,
        _ => value.DeepClone(),
    };

    private static bool AreEqual(JsonNode left, JsonNode right) => (left, right) switch
    {
        (JsonObject a, JsonObject b) => a.Count == b.Count && a.All(member => b.TryGetPropertyValue(member.Key, out var other) && AreEqual(member.Value!, other!)),
        (JsonArray a, JsonArray b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First!, pair.Second!)),
        (JsonValue a, JsonValue b) => Meaning(a) == Meaning(b),
        _ => false,
    };

    private static string Meaning(JsonValue value) => value.ToJsonString() switch
    {
        "1.0" or "10e-1" or "0.1E1" => "1",
        "-0" => "0",
        var json => json,
    };
}
