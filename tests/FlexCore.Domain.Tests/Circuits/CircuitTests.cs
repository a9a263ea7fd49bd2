using FlexCore.Domain.Circuits;
using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Tests.Circuits;

public sealed class CircuitTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Circuit _circuit;
    private CircuitRule _rule = new(3, Minute);

    public CircuitTests() => _circuit = new Circuit(() => _rule);

    [Fact]
    public void Opens_when_so_many_have_failed_in_a_row_and_says_for_how_long()
    {
        Fail(TimeSpan.Zero).ShouldBeFalse();
        Fail(TimeSpan.Zero).ShouldBeFalse();
        _circuit.Enter(TimeSpan.Zero).ShouldBeNull();
        Fail(TimeSpan.Zero).ShouldBeTrue();

        _circuit.Enter(TimeSpan.Zero).ShouldBe(Minute);
        _circuit.Enter(TimeSpan.FromSeconds(20)).ShouldBe(TimeSpan.FromSeconds(40));
        (_circuit.Failures, _circuit.LastFailure).ShouldBe((3, PluginOutcome.ExitCode));
    }

    [Fact]
    public void Another_cool_down_holds_also_for_what_is_open_already()
    {
        Open();

        _rule = _rule with { Cooldown = Minute / 4 };
        _circuit.Enter(TimeSpan.FromSeconds(10)).ShouldBe(TimeSpan.FromSeconds(5));
        _circuit.Enter(TimeSpan.FromSeconds(15)).ShouldBeNull();
    }

    [Fact]
    public void Another_number_of_failures_counts_those_that_there_were_and_0_lets_all_through()
    {
        Fail(TimeSpan.Zero).ShouldBeFalse();

        _rule = _rule with { Failures = 2 };
        Fail(TimeSpan.Zero).ShouldBeTrue();
        _rule = _rule with { Failures = 0 };
        Fail(TimeSpan.Zero).ShouldBeFalse();
        _circuit.Pause(TimeSpan.Zero).ShouldBeNull();
    }

    [Fact]
    public void Success_in_between_begins_the_count_anew()
    {
        Fail(TimeSpan.Zero);
        Fail(TimeSpan.Zero);
        _circuit.Succeed().ShouldBeFalse();
        Fail(TimeSpan.Zero);
        Fail(TimeSpan.Zero);

        _circuit.Enter(TimeSpan.Zero).ShouldBeNull();
    }

    [Fact]
    public void One_attempt_tries_after_the_cool_down_and_its_success_lets_all_through()
    {
        Open();

        _circuit.Enter(Minute).ShouldBeNull();
        _circuit.Enter(Minute).ShouldBe(Minute);
        _circuit.Succeed().ShouldBeTrue();

        _circuit.Enter(Minute).ShouldBeNull();
        _circuit.Enter(Minute).ShouldBeNull();
    }

    [Fact]
    public void Failure_of_the_one_that_tries_opens_it_for_another_cool_down()
    {
        Open();

        _circuit.Enter(Minute).ShouldBeNull();
        Fail(Minute * 1.5).ShouldBeFalse();

        _circuit.Enter(Minute * 2).ShouldBe(Minute / 2);
        _circuit.Enter(Minute * 2.5).ShouldBeNull();
    }

    [Fact]
    public void The_next_one_tries_when_the_one_that_tried_has_ended_without_an_answer()
    {
        Open();

        _circuit.Enter(Minute).ShouldBeNull();
        _circuit.Leave();

        _circuit.Enter(Minute).ShouldBeNull();
    }

    private void Open()
    {
        for (var n = 0; n < 3; n++) Fail(TimeSpan.Zero);
    }

    private bool Fail(TimeSpan now) => _circuit.Fail(PluginOutcome.ExitCode, now);
}
