using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Secrets;

namespace FlexCore.Domain.Tests.Secrets;

public sealed class SecretRulesTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("api_key", true)]
    [InlineData("report-token-2", true)]
    [InlineData("", false)]
    [InlineData("_a", false)]
    [InlineData("2a", false)]
    [InlineData("API_KEY", false)]
    [InlineData("a.b", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("é", false)]
    public void Secret_is_named_by_small_letters_digits_hyphens_and_underscores(string name, bool isName) => SecretRules.IsName(name).ShouldBe(isName);

    [Fact]
    public void Name_has_63_characters_at_most()
    {
        SecretRules.IsName(new string('a', 63)).ShouldBeTrue();
        SecretRules.IsName(new string('a', 64)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("abcd", null)]
    [InlineData("-----BEGIN KEY-----\nabc\n", null)]
    [InlineData("пароль", null)]
    [InlineData("", "has fewer than 4 characters, so it could not be hidden in logs")]
    [InlineData("abc", "has fewer than 4 characters, so it could not be hidden in logs")]
    [InlineData("ab\0cd", "contains a NUL character")]
    [InlineData(" \t\r\n ", "is nothing but white space")]
    public void Value_that_could_not_be_hidden_or_passed_on_is_refused_without_being_shown(string value, string? reason) => SecretRules.RefuseValue(value).ShouldBe(reason);

    [Fact]
    public void Value_has_64_KiB_at_most_in_UTF8()
    {
        SecretRules.RefuseValue(new string('é', 32 * 1024)).ShouldBeNull();
        SecretRules.RefuseValue(new string('é', 32 * 1024) + "a").ShouldBe("is longer than 64 KiB");
    }

    [Fact]
    public void Text_is_completed_from_its_parts_and_never_read_again()
    {
        LateText text = new(["token"], [new("Bearer ${secret.other} ", LatePartKind.Text), new("mine", LatePartKind.Secret), new("!", LatePartKind.Text), new("other", LatePartKind.Secret)]);

        text.Secrets.ShouldBe(["mine", "other"]);
        text.Complete(part => part.Text == "mine" ? "${secret.other}" : "x").ShouldBe("Bearer ${secret.other} ${secret.other}!x");
        string.Concat(text.Parts).ShouldBe("Bearer ${secret.other} ${secret.mine}!${secret.other}");
    }
}
