namespace FlexCore.Plugins.Tests.JsonSchema;

public sealed class PatternTests
{
    [Theory]
    [InlineData("^a$", "a", true)]
    [InlineData("^a$", "a\n", false)]
    [InlineData("^.$", "🙂", true)]
    [InlineData("^.{2}$", "🙂", false)]
    [InlineData("^.$", "\u2028", false)]
    [InlineData("^[^a]$", "🙂", true)]
    [InlineData("^[^a]$", "a", false)]
    [InlineData("^[🐉-🐳]+$", "🐲🐉", true)]
    [InlineData("^[🐉-🐳]+$", "🐈", false)]
    [InlineData("^[\\u{1F400}-\\u{1F4FF}x]$", "🐲", true)]
    [InlineData("^[\\u{10000}-\\u{10FFFF}]$", "🐲", true)]
    [InlineData("^[\\u{FFFF}-\\u{1F432}]$", "🐲", true)]
    [InlineData("^[\\u{FFFF}-\\u{1F432}]$", "🐳", false)]
    [InlineData("^\\ud83d\\udc32$", "🐲", true)]
    [InlineData("^\\x41\\u0042\\cJ$", "AB\n", true)]
    [InlineData("^\\p{Lu}\\p{Uppercase_Letter}\\P{L}$", "ÄÖ1", true)]
    [InlineData("^\\p{gc=Nd}+$", "٣3", true)]
    [InlineData("^[\\d\\D]$", "🙂", true)]
    [InlineData("^[\\w.-]+@[\\w-]+$", "a.b-c@d", true)]
    [InlineData("^[a-\\d]+$", "a-3", true)]
    [InlineData("^[]$", "a", false)]
    [InlineData("^[^]$", "\n", true)]
    [InlineData("^[\\b]$", "\b", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("^x{2,3}$", "xxx", true)]
    [InlineData("^(?:a|b)+?(c)\\1$", "abcc", true)]
    [InlineData("^(?<q>['\"]).*\\k<q>$", "'x'", true)]
    [InlineData("^(?=.*\\d)(?!.*x).{3,}$", "ab1", true)]
    [InlineData("^(?=.*\\d)(?!.*x).{3,}$", "xb1", false)]
    [InlineData("(?i)^straße$", "STRAßE", true)]
    [InlineData("\\Aab\\Z", "ab\n", false)]
    [InlineData("#a b", "x#a b", true)]
    [InlineData("^\\$\\-\\/\\_$", "$-/_", true)]
    public void Pattern_matches_as_ECMA_262_says(string pattern, string text, bool matches) =>
        Checked.IsValid($$"""{"pattern":{{Quote(pattern)}}}""", Quote(text)).ShouldBe(matches);

    [Theory]
    [InlineData("(", "is not a valid regular expression")]
    [InlineData("[a", "is a regular expression with a '[' that nothing closes")]
    [InlineData("[z-a]", "is a regular expression with a range that is out of order")]
    [InlineData("a\\", "is a regular expression that ends in '\\'")]
    [InlineData("[\\", "is a regular expression that ends in '\\'")]
    [InlineData("\\y", "is a regular expression with an unknown escape '\\y'")]
    [InlineData("\\x4", "is a regular expression with a \\x or \\u that no code point follows")]
    [InlineData("\\u{110000}", "is a regular expression with a \\x or \\u that no code point follows")]
    [InlineData("\\p{Script=Greek}", "is a regular expression with a \\p{…} that is not known: general categories, Any and ASCII are")]
    [InlineData("(?>a)", "is a regular expression with a kind of group that JSON Schema does not have")]
    [InlineData("(?<1>a)", "is a regular expression with a group name that is not letters, digits and '_'")]
    [InlineData("a**", "is not a valid regular expression")]
    [InlineData("\\1", "is not a valid regular expression")]
    [InlineData("a{3,1}", "is not a valid regular expression")]
    [InlineData("a{99999999999}", "is not a valid regular expression")]
    public void Pattern_that_is_no_regular_expression_is_refused_where_it_stands(string pattern, string problem)
    {
        Checked.Problem($$"""{"properties":{"a":{"pattern":{{Quote(pattern)}} } } }""").ShouldBe($"/properties/a/pattern {problem}");
        Checked.Problem($$"""{"patternProperties":{ {{Quote(pattern)}}:true} }""").ShouldNotBeNull().ShouldEndWith(problem);
    }

    [Fact]
    public void Very_long_patterns_and_very_many_are_refused()
    {
        Checked.Problem($$"""{"pattern":"{{new string('a', 4097)}}"}""").ShouldBe("/pattern is a regular expression of more than 4096 characters");
        Checked.Problem($$"""{"allOf":[{{string.Join(',', Enumerable.Range(0, 201).Select(i => $$"""{"pattern":"a{{i}}"}"""))}}]}""")
            .ShouldBe("/allOf/200/pattern is one regular expression too many: at most 200 different ones are supported");
        Checked.Problem($$"""{"pattern":"{{string.Concat(Enumerable.Repeat("\\\\p{L}", 100))}}"}""")
            .ShouldBe("/pattern is too much, with all regular expressions before it: together they are too large");
        Checked.Problem($$"""{"allOf":[{{string.Join(',', Enumerable.Repeat("""{"pattern":"a"}""", 501))}}]}""").ShouldBeNull();
    }

    [Fact]
    public void Pattern_that_backtracks_for_ever_elsewhere_is_matched_at_once()
    {
        Checked.IsValid("""{"pattern":"^(a+)+$"}""", $"\"{new string('a', 100_000)}b\"").ShouldBeFalse();
    }

    [Fact]
    public void Pattern_that_must_backtrack_ends_by_a_timeout()
    {
        const string schema = """{"properties":{"a":{"not":{"pattern":"^(?=(a+)+$)"}}}}""";

        Checked.Violation(schema, $$"""{"a":"{{new string('a', 100)}}b"}""").ShouldBe("/a | /properties/a/not/pattern | takes too long to match its pattern");
    }

    [Fact]
    public void Many_texts_that_are_each_slow_to_match_end_too()
    {
        var slow = string.Join(',', Enumerable.Repeat($"\"{new string('a', 14)}b\"", 10_000));

        Checked.Violation("""{"items":{"not":{"pattern":"^(?=(a+)+$)"}}}""", $"[{slow}]").ShouldNotBeNull()
            .ShouldMatch(@"\| /items/not/pattern \| (costs too much to check|takes too long to match its pattern)\z");
    }

    private static string Quote(string text) => System.Text.Json.Nodes.JsonValue.Create(text).ToJsonString();
}
