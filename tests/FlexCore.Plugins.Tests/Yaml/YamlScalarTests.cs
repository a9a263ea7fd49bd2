using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Tests.Yaml;

public sealed class YamlScalarTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("-0", "-0")]
    [InlineData("1.50", "1.50")]
    [InlineData("1e999999", "1e999999")]
    [InlineData("9223372036854775808", "9223372036854775808")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("0.1234567890123456789012345", "0.1234567890123456789012345")]
    [InlineData("+7", "7")]
    [InlineData("true", "true")]
    [InlineData("False", "false")]
    [InlineData("", "null")]
    [InlineData("~", "null")]
    [InlineData("null", "null")]
    public void Plain_scalar_becomes_a_number_a_boolean_or_null_and_keeps_its_digits(string text, string json) => ToJson(text, isPlain: true).ShouldBe(json);

    [Theory]
    [InlineData("yes")]
    [InlineData("1.2.3")]
    [InlineData("12:30")]
    [InlineData("2024-02-30")]
    [InlineData("NaN")]
    [InlineData(".inf")]
    [InlineData("1_000")]
    [InlineData("0x1F")]
    [InlineData("tRuE")]
    [InlineData("1 2")]
    public void Plain_scalar_of_another_shape_stays_text(string text) => ToJson(text, isPlain: true).ShouldBe($"\"{text}\"");

    [Theory]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("")]
    public void Quoted_scalar_stays_text(string text) => ToJson(text, isPlain: false).ShouldBe($"\"{text}\"");

    private static string ToJson(string text, bool isPlain) =>
        new YamlScalar(text, isPlain, new SourceLocation("p.yaml", 1, 1)).ToJson()?.ToJsonString() ?? "null";
}
