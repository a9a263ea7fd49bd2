using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Settings;

public sealed class QueueSettingsTests
{
    [Fact]
    public void A_hundred_thousand_runs_may_wait_where_nothing_was_set() => ProjectSettings.Read([]).Value.Queue.Cap.ShouldBe(100_000);

    [Fact]
    public void Cap_is_what_was_set() => Read("500").Value.Queue.Cap.ShouldBe(500);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("10000001")]
    public void Cap_that_is_no_sensible_number_is_refused(string cap) => Read(cap).Errors.ShouldHaveSingleItem().Message.ShouldBe("'queue.cap' must be a whole number from 1 to 10000000");

    [Fact]
    public void Unknown_key_is_refused() => ProjectSettings.Read([new Setting("queue.size", "1", "queue.size")]).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.UnknownKey);

    private static Result<ProjectSettings> Read(string cap) => ProjectSettings.Read([new Setting("queue.cap", cap, "queue.cap")]);
}
