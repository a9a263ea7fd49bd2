using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace FlexCore.Plugins.Tests.JsonSchema;

/// <summary>What hostile schemas and documents may cost.</summary>
public sealed class SchemaCostTests
{
    private const string TooDeep = "cannot be checked: the schema refers to itself too often";

    // Far more than any of it takes, far less than what it would take without bounds.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("""{"allOf":[{"$ref":"#"}]}""")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}""")]
    [InlineData("""{"not":{"$ref":"#"}}""")]
    [InlineData("""{"oneOf":[{"type":"null"},{"$ref":"#"}]}""")]
    [InlineData("""{"if":{"$ref":"#"},"then":{"$ref":"#"},"else":{"$ref":"#"}}""")]
    [InlineData("""{"dependencies":{"a":{"$ref":"#"}}}""")]
    public void Schema_that_refers_to_itself_without_end_is_a_violation(string schema) =>
        OnSmallStack(() => Checked.Violation(schema, """{"a":1}""").ShouldNotBeNull().ShouldEndWith(TooDeep));

    [Fact]
    public void Deepest_document_is_checked_through_several_schemas_a_level()
    {
        const string schema = """{"$ref":"#/definitions/x","definitions":{"x":{"allOf":[{"anyOf":[{"type":"null"},{"items":{"$ref":"#/definitions/x"}}]}]}}}""";

        OnSmallStack(() => Checked.IsValid(schema, new string('[', 256) + new string(']', 256)).ShouldBeTrue());
        OnSmallStack(() => Checked.Violations("""{"items":{"$ref":"#"},"additionalProperties":{"$ref":"#"},"type":["object","array"]}""", string.Concat(Enumerable.Repeat("""{"a":[""", 127)) + "1" + string.Concat(Enumerable.Repeat("]}", 127)))
            .ShouldHaveSingleItem().ShouldEndWith("| /type | must be an object or a list"));
    }

    [Theory]
    [InlineData("allOf")]
    [InlineData("anyOf")]
    [InlineData("oneOf")]
    public void Schema_whose_cost_doubles_with_each_definition_ends(string keyword)
    {
        var definitions = string.Join(',', Enumerable.Range(0, 60).Select(i => $$"""
            "d{{i}}":{"{{keyword}}":[{"$ref":"#/definitions/d{{i + 1}}"},{"$ref":"#/definitions/d{{i + 1}}"}]}
            """));

        Within(Soon, () => Checked.Violation($$"""{"$ref":"#/definitions/d0","definitions":{ {{definitions}},"d60":{"not":{"type":"string"} } } }""", keyword == "allOf" ? "1" : "\"\"")
            .ShouldNotBeNull().ShouldEndWith("costs too much to check"));
    }

    [Fact]
    public void Hundred_thousand_items_are_compared_in_no_time()
    {
        var items = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $$"""{"id":{{i}},"name":"n{{i}}"}"""));
        var constants = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $$"""{"name":"n{{i}}","id":{{i}}.0}"""));

        Within(Soon, () =>
        {
            Checked.IsValid($$"""{"uniqueItems":true,"items":{"enum":[{{constants}}]} }""", $"[{items}]").ShouldBeTrue();
            Checked.IsValid("""{"uniqueItems":true}""", $$"""[{{items}},{"name":"n5","id":5e0}]""").ShouldBeFalse();
        });
    }

    [Fact]
    public void Objects_of_many_members_are_equal_in_any_order()
    {
        var members = Enumerable.Range(0, 100_000).Select(i => $"\"m{i}\":{i}").ToList();

        Within(Soon, () => Checked.IsValid("""{"uniqueItems":true}""", $$"""[{{{string.Join(',', members)}}},{{{string.Join(',', members.AsEnumerable().Reverse())}}}]""").ShouldBeFalse());
    }

    [Fact]
    public void Million_members_are_checked_by_name()
    {
        var document = $$"""{{{string.Join(',', Enumerable.Range(0, 1_000_000).Select(i => $"\"m{i}\":{i}"))}}}""";
        var properties = string.Join(',', Enumerable.Range(0, 10_000).Reverse().Select(i => $$"""
            "m{{i}}":{"type":"integer"}
            """));

        Within(Soon, () => Checked.IsValid($$"""{"properties":{{{properties}}},"additionalProperties":{"minimum":10000},"required":["m999999"]}""", document).ShouldBeTrue());
    }

    [Fact]
    public void Large_document_has_a_larger_budget()
    {
        var list = $"[{string.Join(',', Enumerable.Repeat("1", 500_000))}]";
        var eight = string.Join(',', Enumerable.Repeat("""{"type":"integer"}""", 8));

        Checked.IsValid($$"""{"items":{"allOf":[{{eight}}]} }""", list).ShouldBeTrue();
    }

    private static void Within(TimeSpan limit, Action check)
    {
        var started = Stopwatch.GetTimestamp();
        check();
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(limit);
    }

    /// <summary>Runs it with the stack of the smallest threads there are: 1.5 MB.</summary>
    private static void OnSmallStack(Action check)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    check();
                }
                catch (Exception e)
                {
                    failure = ExceptionDispatchInfo.Capture(e);
                }
            },
            maxStackSize: 1_500_000);
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
