using FlexCore.Infrastructure.Resilience;

namespace FlexCore.Infrastructure.Tests.Resilience;

public sealed class BreakerTests
{
    private static readonly BreakerOptions Options = new() { FailureRatio = 0.5, MinimumThroughput = 10, Window = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromSeconds(5) };

    private readonly SteppedTime _time = new();
    private readonly Breaker _breaker;

    public BreakerTests() => _breaker = new Breaker(Options, _time);

    [Fact]
    public void System_is_left_alone_when_half_of_enough_attempts_have_failed()
    {
        Attempt(failed: 4, good: 5);
        _breaker.Allows().ShouldBeTrue();

        Attempt(failed: 1);

        _breaker.Allows().ShouldBeFalse();
    }

    [Fact]
    public void Few_failures_among_many_attempts_break_nothing()
    {
        Attempt(good: 100, failed: 99);

        _breaker.Allows().ShouldBeTrue();
    }

    [Fact]
    public void Failures_of_long_ago_do_not_count()
    {
        Attempt(failed: 9);
        _time.Pass(TimeSpan.FromSeconds(20));
        Attempt(failed: 9);

        _breaker.Allows().ShouldBeTrue();
        _time.Pass(TimeSpan.FromSeconds(6));
        Attempt(failed: 1);
        _breaker.Allows().ShouldBeFalse();
    }

    [Fact]
    public void After_the_pause_one_attempt_decides_for_all()
    {
        Attempt(failed: 10);
        _time.Pass(TimeSpan.FromSeconds(5));

        _breaker.Allows().ShouldBeTrue();
        _breaker.Allows().ShouldBeFalse();
        _breaker.Failed();
        _breaker.Allows().ShouldBeFalse();

        _time.Pass(TimeSpan.FromSeconds(5));
        _breaker.Allows().ShouldBeTrue();
        _breaker.Succeeded();
        _breaker.Allows().ShouldBeTrue();
        Attempt(failed: 9);
        _breaker.Allows().ShouldBeTrue();
    }

    [Fact]
    public void Attempt_that_was_given_up_leaves_the_decision_to_the_next()
    {
        Attempt(failed: 10);
        _time.Pass(TimeSpan.FromSeconds(5));
        _breaker.Allows().ShouldBeTrue();

        _breaker.GaveUp();

        _breaker.Allows().ShouldBeTrue();
    }

    [Fact]
    public void Attempts_from_before_the_break_decide_nothing()
    {
        Attempt(failed: 10);

        _breaker.Succeeded();
        _breaker.Failed();

        _breaker.Allows().ShouldBeFalse();
        _time.Pass(TimeSpan.FromSeconds(5));
        _breaker.Allows().ShouldBeTrue();
    }

    [Fact]
    public void Of_many_who_ask_at_once_after_the_pause_one_is_let_through()
    {
        Attempt(failed: 10);
        _time.Pass(TimeSpan.FromSeconds(5));

        var allowed = 0;
        Parallel.For(0, 100, _ =>
        {
            if (_breaker.Allows()) Interlocked.Increment(ref allowed);
        });

        allowed.ShouldBe(1);
    }

    [Fact]
    public void Breaker_that_is_off_lets_everything_through()
    {
        var breaker = new Breaker(new BreakerOptions { Enabled = false }, _time);
        for (var attempt = 0; attempt < 100; attempt++) breaker.Failed();

        breaker.Allows().ShouldBeTrue();
    }

    private void Attempt(int failed = 0, int good = 0)
    {
        for (var attempt = 0; attempt < good; attempt++) _breaker.Succeeded();
        for (var attempt = 0; attempt < failed; attempt++) _breaker.Failed();
    }
}
