namespace FlexCore.Domain.Tests;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("plain text, tab\tand ünïcödé 漢字 🙂")]
    [InlineData("")]
    public void Ordinary_text_stays_as_it_is(string text) => Printable.Escape(text).ShouldBe(text);

    [Theory]
    [InlineData("\u001b[31mred", @"\u001b[31mred")]
    [InlineData("one\ntwo\r\n", @"one\u000atwo\u000d\u000a")]
    [InlineData("\0", @"\u0000")]
    [InlineData("\u007f\u0085\u009b", @"\u007f\u0085\u009b")]
    [InlineData("abc\u202etxt.exe\u2066", @"abc\u202etxt.exe\u2066")]
    [InlineData("\u2028\u2029", @"\u2028\u2029")]
    public void Character_that_steers_a_terminal_is_shown_by_its_number(string text, string shown) => Printable.Escape(text).ShouldBe(shown);
}
