namespace FlexCore.Plugins.Tests.JsonSchema;

public sealed class ExactNumberTests
{
    private const string TooLong = " has a number of more than 1,000 digits or with an exponent beyond 1,000,000,000, which cannot be compared";

    [Theory]
    [InlineData("1", "1.0", true)]
    [InlineData("1", "1e0", true)]
    [InlineData("1", "0.1E+1", true)]
    [InlineData("100", "1e2", true)]
    [InlineData("-0", "0", true)]
    [InlineData("-0.000e5", "0", true)]
    [InlineData("0e999999999999999999999", "0", true)]
    [InlineData("1e999999", "10e999998", true)]
    [InlineData("1e999999", "1e999998", false)]
    [InlineData("9223372036854775808", "9223372036854775808.0", true)]
    [InlineData("9223372036854775808", "9223372036854775809", false)]
    [InlineData("18446744073709551615", "18446744073709551616", false)]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890.000", true)]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567891", false)]
    [InlineData("0.1", "0.10000000000000000000000000000000000000000000000000000000001", false)]
    [InlineData("12345678901234567890123456789012345678901234567890", "1234567890123456789012345678901234567890123456789e1", true)]
    [InlineData("1", "-1", false)]
    [InlineData("1", "\"1\"", false)]
    [InlineData("1", "true", false)]
    public void Numbers_are_equal_when_they_mean_the_same(string left, string right, bool equal)
    {
        Checked.IsValid($$"""{"const":{{left}}}""", right).ShouldBe(equal);
        Checked.IsValid($$"""{"enum":[{{right}}]}""", left).ShouldBe(equal);
        Checked.IsValid("""{"uniqueItems":true}""", $"[{left},{right}]").ShouldBe(!equal);
    }

    [Theory]
    [InlineData("0.1", "0.3", true)]
    [InlineData("0.01", "19.99", true)]
    [InlineData("0.0001", "0.0075", true)]
    [InlineData("0.0001", "0.00751", false)]
    [InlineData("1.5", "4.5", true)]
    [InlineData("3", "10", false)]
    [InlineData("3", "1e999999", false)]
    [InlineData("7", "7e999999999", true)]
    [InlineData("7", "1e6", false)]
    [InlineData("1e-15", "123.456789012345", true)]
    [InlineData("1e-15", "123.4567890123456789", false)]
    [InlineData("0.5", "1e308", true)]
    [InlineData("1e-1000000", "1e1000000", true)]
    [InlineData("3e-7", "111111111111111111111111111111", true)]
    [InlineData("3", "111111111111111111111111111112", false)]
    [InlineData("111111111111111111111111111111", "333333333333333333333333333333", true)]
    [InlineData("9223372036854775783", "9223372036854775783e40", true)]
    [InlineData("9223372036854775783", "9223372036854775782e40", false)]
    [InlineData("5", "-0", true)]
    [InlineData("5", "-15.00", true)]
    public void Multiples_are_exact(string divisor, string number, bool isMultiple) =>
        Checked.IsValid($$"""{"multipleOf":{{divisor}}}""", number).ShouldBe(isMultiple);

    [Theory]
    [InlineData("9223372036854775807", "9223372036854775808", false)]
    [InlineData("9223372036854775808", "9223372036854775808.0", true)]
    [InlineData("99999999999999999999999999999999999999", "100000000000000000000000000000000000000", false)]
    [InlineData("99999999999999999999999999999999999999.9", "99999999999999999999999999999999999999", true)]
    [InlineData("99999999999999999999999999999999999999.9", "99999999999999999999999999999999999999.91", false)]
    [InlineData("0", "1e-999999", false)]
    [InlineData("0", "-1e-999999", true)]
    [InlineData("-1", "-1e999999", true)]
    [InlineData("-2", "-1.9999999999999999999999999999999999999999999", false)]
    [InlineData("1e3", "999.9", true)]
    [InlineData("1e3", "1000.1", false)]
    public void Bounds_are_exact(string maximum, string number, bool holds)
    {
        Checked.IsValid($$"""{"maximum":{{maximum}}}""", number).ShouldBe(holds);
        Checked.IsValid($$"""{"minimum":{{number}}}""", maximum).ShouldBe(holds);
        Checked.IsValid($$"""{"exclusiveMinimum":{{maximum}}}""", number).ShouldBe(!holds && !Checked.IsValid($$"""{"const":{{maximum}}}""", number));
    }

    [Fact]
    public void Number_of_more_than_a_thousand_digits_is_not_compared()
    {
        var thousand = new string('7', 1000);
        Checked.Violation($$"""{"minimum":{{thousand}}}""", thousand).ShouldBeNull();
        Checked.Violation("""{"minimum":1}""", thousand + "7").ShouldBe($" | /minimum |{TooLong}");
        Checked.Violation("""{"not":{"enum":[1]}}""", thousand + "7").ShouldBe($" | /not/enum |{TooLong}");
        Checked.Violation("""{"items":{"not":{"multipleOf":3}}}""", "[1e1000000001]").ShouldBe($"/0 | /items/not/multipleOf |{TooLong}");
        Checked.Violation("""{"type":"integer"}""", thousand + thousand).ShouldBeNull();
        Checked.Problem($$"""{"enum":[1,{{thousand}}7]}""").ShouldBe($"/enum/1{TooLong}");
    }

    [Theory]
    [InlineData(SchemaDraftName.Draft4, "1.0", false)]
    [InlineData(SchemaDraftName.Draft4, "1e2", false)]
    [InlineData(SchemaDraftName.Draft6, "1.0", true)]
    [InlineData(SchemaDraftName.Draft7, "10e-1", true)]
    [InlineData(SchemaDraftName.Draft7, "1e999999", true)]
    [InlineData(SchemaDraftName.Draft7, "1e-999999", false)]
    [InlineData(SchemaDraftName.Draft7, "-0.0", true)]
    [InlineData(SchemaDraftName.None, "1.50", false)]
    public void What_is_a_whole_number_depends_on_the_draft(SchemaDraftName draft, string number, bool isWhole)
    {
        var declared = draft == SchemaDraftName.None ? "" : $"\"$schema\":\"http://json-schema.org/draft-0{(int)draft}/schema#\",";

        Checked.Violation($$"""{{{declared}}"type":["integer","null"]}""", number).ShouldBe(isWhole ? null : " | /type | must be a whole number or null");
    }

    [Theory]
    [InlineData("zażółć", 6)]
    [InlineData("🙂🙂", 2)]
    [InlineData("e\u0301", 2)]
    [InlineData("\\ud83d\\ude42", 1)]
    [InlineData("", 0)]
    [InlineData("👩‍👩‍👧", 5)]
    public void Length_of_a_text_counts_code_points(string text, int length)
    {
        Checked.IsValid($$"""{"minLength":{{length}},"maxLength":{{length}}.0}""", $"\"{text}\"").ShouldBeTrue();
        Checked.IsValid($$"""{"minLength":{{length + 1}}}""", $"\"{text}\"").ShouldBeFalse();
        Checked.IsValid($$"""{"maxLength":{{length}}}""", $"\"{text}x\"").ShouldBeFalse();
        Checked.IsValid("""{"minLength":0,"maxLength":1e30}""", $"\"{text}\"").ShouldBeTrue();
    }
}

public enum SchemaDraftName
{
    None = 0,
    Draft4 = 4,
    Draft6 = 6,
    Draft7 = 7,
}
