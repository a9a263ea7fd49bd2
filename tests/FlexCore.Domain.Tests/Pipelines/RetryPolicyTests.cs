using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests.Pipelines;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = new() { Attempts = 5, Initial = TimeSpan.FromSeconds(1), Max = TimeSpan.FromSeconds(5), Jitter = false };

    [Fact]
    public void Time_between_attempts_doubles_up_to_the_longest() =>
        Enumerable.Range(1, 5).Select(attempt => Policy.DelayAfter(attempt, PluginOutcome.ExitCode, 0.5)?.TotalSeconds).ShouldBe([1, 2, 4, 5, null]);

    [Fact]
    public void Fixed_time_between_attempts_stays() =>
        Enumerable.Range(1, 4).Select(attempt => (Policy with { Backoff = Backoff.Fixed }).DelayAfter(attempt, PluginOutcome.ExitCode, 0.5)?.TotalSeconds).ShouldBe([1, 1, 1, 1]);

    [Fact]
    public void What_was_cancelled_or_is_no_reason_is_not_tried_again()
    {
        Policy.DelayAfter(1, PluginOutcome.Cancelled, 0).ShouldBeNull();
        (Policy with { On = [PluginOutcome.Timeout] }).DelayAfter(1, PluginOutcome.ExitCode, 0).ShouldBeNull();
        (Policy with { On = [PluginOutcome.Timeout] }).DelayAfter(1, PluginOutcome.Timeout, 0).ShouldNotBeNull();
        RetryPolicy.Never.DelayAfter(1, PluginOutcome.ExitCode, 0).ShouldBeNull();
    }

    [Fact]
    public void Time_is_never_longer_than_the_longest_nor_shorter_than_half_of_it_for_any_attempt_and_chance() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt>(), Gen.Choose(0, 1000).Select(n => n / 1000.0).ToArbitrary(), (attempt, chance) =>
        {
            var delay = (Policy with { Attempts = int.MaxValue, Jitter = true }).DelayAfter(attempt.Get, PluginOutcome.ExitCode, chance)!.Value;
            var whole = (Policy with { Attempts = int.MaxValue }).DelayAfter(attempt.Get, PluginOutcome.ExitCode, chance)!.Value;
            delay.ShouldBeInRange(whole / 2, whole);
            whole.ShouldBeLessThanOrEqualTo(Policy.Max);
        }));
}
