using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Tests.Errors;

public sealed class ErrorTests
{
    [Fact]
    public void Error_says_code_place_and_message_on_one_line() =>
        new Error(ErrorCodes.UnknownKey, "'x' is not a known key here", new SourceLocation("p.yaml", 3, 7)).ToString()
            .ShouldBe("error[FX1010]: p.yaml:3:7: 'x' is not a known key here");

    [Fact]
    public void Error_without_a_place_says_code_and_message() =>
        new Error(ErrorCodes.NotFound, "there is no run 'x'").ToString().ShouldBe("error[FX1050]: there is no run 'x'");

    [Fact]
    public void Error_with_text_from_outside_cannot_steer_a_terminal_or_forge_a_line() =>
        new Error(ErrorCodes.PathMissing, "no \u001b[2J\nerror[FX9001]: forged \u202e", new SourceLocation("a\u001b.yaml", 1, 1)).ToString()
            .ShouldBe(@"error[FX1032]: a\u001b.yaml:1:1: no \u001b[2J\u000aerror[FX9001]: forged \u202e");

    [Fact]
    public void Remedy_is_that_of_the_case_or_else_that_of_the_registry()
    {
        new Error(ErrorCodes.NotFound, "?").Remedy.ShouldBe(ErrorCodes.NotFound.Remedy);
        new Error(ErrorCodes.NotFound, "?", SpecificRemedy: "Give more of the id.").Remedy.ShouldBe("Give more of the id.");
    }

    [Fact]
    public void Result_with_errors_has_no_value()
    {
        Result<int> failed = new Error(ErrorCodes.NotFound, "gone");

        failed.IsSuccess.ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => failed.Value).Message.ShouldContain("gone");
    }

    [Fact]
    public void Result_with_a_value_has_no_errors()
    {
        Result<int> found = 5;

        (found.IsSuccess, found.Value, found.Errors.Count).ShouldBe((true, 5, 0));
    }
}
