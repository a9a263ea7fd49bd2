using System.Globalization;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Domain.Tests.Scheduling;

public sealed class ScheduleTests
{
    private static readonly Schedule Bounded = new("0 * * * *", Start: Time("2026-05-04T10:00Z"), End: Time("2026-05-04T12:00Z"));

    [Fact]
    public void Start_may_be_due_itself_and_end_is_not() => Bounded.After(Time("2026-05-01T00:00Z")).ShouldBe([Time("2026-05-04T10:00Z"), Time("2026-05-04T11:00Z")]);

    [Fact]
    public void Bounds_hold_backwards_too() => Bounded.UpTo(Time("2026-06-01T00:00Z"), DateTimeOffset.MinValue).ShouldBe([Time("2026-05-04T11:00Z"), Time("2026-05-04T10:00Z")]);

    [Fact]
    public void What_was_due_before_a_moment_is_left_out() => Bounded.UpTo(Time("2026-05-04T11:00Z"), Time("2026-05-04T10:00Z")).ShouldBe([Time("2026-05-04T11:00Z")]);

    [Fact]
    public void Zone_that_this_machine_does_not_know_is_an_error_with_its_remedy() =>
        Should.Throw<FlexCoreException>(() => new Schedule("0 * * * *", "Mars/Olympus").After(DateTimeOffset.UnixEpoch).First()).Error.Remedy.ShouldContain("tzdata");

    [Fact]
    public void Same_cause_has_the_same_run_and_another_one_another()
    {
        var at = Time("2026-05-04T10:00Z");
        var run = CausedRun.Id(at, "orders", "schedule");

        CausedRun.Id(at, "orders", "schedule").ShouldBe(run);
        CausedRun.Id(at, "ordersschedule").ShouldNotBe(run);
        CausedRun.Id(at.AddMilliseconds(1), "orders", "schedule").ShouldNotBe(run);
    }

    [Fact]
    public void Ids_of_caused_runs_are_of_version_7_and_grow_with_time()
    {
        var at = Time("2026-05-04T10:00Z");
        var run = CausedRun.Id(at, "orders", "schedule");

        (run.Version, run.Variant >> 2).ShouldBe((7, 0b10));
        string.CompareOrdinal(run.ToString(), CausedRun.Id(at.AddMinutes(1), "orders", "schedule").ToString()).ShouldBeLessThan(0);
        run.ToString()[..13].ShouldBe(Guid.CreateVersion7(at).ToString()[..13]);
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
