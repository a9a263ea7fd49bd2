using System.Text.RegularExpressions;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests.Access;

public sealed class PipelineScopeTests
{
    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders", "orders-2", false)]
    [InlineData("orders", "my-orders", false)]
    [InlineData("shop-*", "shop-eu", true)]
    [InlineData("shop-*", "shop-", true)]
    [InlineData("shop-*", "shop", false)]
    [InlineData("*-eu", "shop-eu-eu", true)]
    [InlineData("*-eu", "shop-eu-us", false)]
    [InlineData("s*p*", "shop", true)]
    [InlineData("s**p", "sp", true)]
    [InlineData("a*b*c", "a-b-b", false)]
    [InlineData("*", "anything", true)]
    public void Pattern_covers_the_names_that_it_fits_as_a_whole(string pattern, string pipeline, bool expected) => new PipelineScope(["other", pattern]).Covers(pipeline).ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("A")]
    [InlineData("a%")]
    public void What_is_no_name_of_a_pipeline_is_covered_by_nothing(string pipeline) => new PipelineScope(["*"]).Covers(pipeline).ShouldBeFalse();

    [Fact]
    public void Pattern_means_the_same_as_its_regular_expression_for_any_name()
    {
        var text = Gen.Elements('a', 'b', '-', '*').ArrayOf().Select(chars => new string(chars));
        var cases = text.Zip(text.Select(name => "a" + name.Replace('*', 'b')));

        Check.QuickThrowOnFailure(Prop.ForAll(cases.ToArbitrary(), both => new PipelineScope([both.Item1]).Covers(both.Item2)
            == (Names.IsValid(both.Item2) && Regex.IsMatch(both.Item2, $@"\A{both.Item1.Replace("*", ".*", StringComparison.Ordinal)}\z", RegexOptions.NonBacktracking, TimeSpan.FromSeconds(10)))));
    }

    [Fact]
    public void Pattern_of_many_stars_takes_no_longer_than_others() =>
        new PipelineScope([string.Concat(Enumerable.Repeat("a*", 31)) + "b"]).Covers(new string('a', 63)).ShouldBeFalse();

    [Theory]
    [InlineData("orders")]
    [InlineData("shop-*")]
    [InlineData("*")]
    [InlineData("*-2")]
    public void Name_or_pattern_can_be_a_scope(string pattern) => new PipelineScope([pattern]).Refuse().ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("Orders")]
    [InlineData("shop_*")]
    [InlineData("shop?")]
    [InlineData("shop-%")]
    [InlineData(" orders")]
    [InlineData("a\n")]
    public void What_no_name_can_fit_is_refused(string pattern) => new PipelineScope(["orders", pattern]).Refuse()!.Code.ShouldBe(ErrorCodes.UsageInvalid);

    [Fact]
    public void Scope_has_1_to_20_patterns_of_at_most_63_characters()
    {
        new PipelineScope([.. Enumerable.Repeat(new string('a', 63), 20)]).Refuse().ShouldBeNull();
        new PipelineScope([.. Enumerable.Repeat("a", 21)]).Refuse().ShouldNotBeNull();
        new PipelineScope([new string('a', 64)]).Refuse().ShouldNotBeNull();
        new PipelineScope([]).Refuse().ShouldNotBeNull("no pattern must not mean all pipelines");
    }

    [Fact]
    public void Token_is_for_the_pipelines_that_it_was_made_for_and_one_of_earlier_versions_for_all()
    {
        var (scoped, earlier) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var created = TokenRegister.Empty.Create(scoped, "ci", Role.Operator, new byte[TokenText.SecretBytes], null, DateTimeOffset.UnixEpoch, new PipelineScope(["shop-*"])).Value;
        var register = TokenRegister.From([created, new TokenCreated(earlier, "old", Role.Admin, created.Hash, null)]);

        register.Tokens[scoped].Scope!.Patterns.ShouldBe(["shop-*"]);
        register.Tokens[earlier].Scope.ShouldBeNull();
    }
}
