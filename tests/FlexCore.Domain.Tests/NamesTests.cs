using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests;

public sealed partial class NamesTests
{
    private const int Longest = 63;

    [Theory]
    [InlineData("a")]
    [InlineData("orders")]
    [InlineData("tap-csv-2")]
    [InlineData("a-")]
    public void Name_that_obeys_the_rule_is_valid(string name) => Names.IsValid(name).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("1a")]
    [InlineData("Orders")]
    [InlineData("a_b")]
    [InlineData("a.b")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("a\u001b[31m")]
    [InlineData("é")]
    [InlineData("aé")]
    [InlineData("a٣")]
    public void Name_that_breaks_the_rule_is_refused(string name) => Names.IsValid(name).ShouldBeFalse();

    [Fact]
    public void Name_may_have_63_characters_and_no_more()
    {
        Names.IsValid(new string('a', Longest)).ShouldBeTrue();
        Names.IsValid(new string('a', Longest + 1)).ShouldBeFalse();
    }

    [Fact]
    public void Names_follow_the_pattern_of_the_contract_for_any_text()
    {
        var text = Gen.OneOf(Gen.Elements('a', 'z', '0', '9', '-'), Gen.Elements('A', '_', '.', '/', '\n', 'é')).ArrayOf().Select(chars => new string(chars));

        Check.QuickThrowOnFailure(Prop.ForAll(text.ToArbitrary(), name => Names.IsValid(name) == Contract().IsMatch(name)));
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,62}\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Contract();
}
