using FlexCore.Domain.Provisioning;

namespace FlexCore.Domain.Tests.Provisioning;

public sealed class ProvisioningRequestTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly ProvisioningRequest Requested = ProvisioningRequest.Create("worker-1", 4, [], Now);

    [Fact]
    public void What_fails_is_tried_again_after_a_pause_that_doubles_up_to_five_minutes()
    {
        var request = Requested;
        var pauses = new List<double>();
        for (var attempt = 0; attempt < 9; attempt++)
        {
            request = request.Start(Now).Fail("no machine is free", Now);
            pauses.Add((request.RetryAt!.Value - Now).TotalSeconds);
        }

        pauses.ShouldBe([5, 10, 20, 40, 80, 160, 300, 300, 300]);
        request.Attempts.ShouldBe(9);
        (request.IsDue(Now.AddSeconds(299)), request.IsDue(Now.AddSeconds(300))).ShouldBe((false, true));
    }

    [Fact]
    public void What_runs_begins_to_count_anew_and_has_no_reason_any_more()
    {
        var running = Requested.Start(Now).Fail("no machine is free", Now).Start(Now).Run("node-1", Now);

        (running.Status, running.Attempts, running.Reason, running.RetryAt, running.Node).ShouldBe((ProvisioningStatus.Running, 0, null, null, "node-1"));
        running.IsDue(Now.AddYears(1)).ShouldBeFalse();
    }

    [Fact]
    public void What_was_lost_is_wanted_at_once_and_says_why()
    {
        var lost = (Requested.Start(Now) with { Machine = "m-1" }).Run("node-1", Now).Replace("it is not heard of", Now);

        (lost.Status, lost.Machine, lost.Node, lost.Reason, lost.IsDue(Now)).ShouldBe((ProvisioningStatus.Requested, null, null, "it is not heard of", true));
    }

    [Fact]
    public void What_is_released_is_not_tried_again() => Requested.Start(Now).Fail("no machine is free", Now).Release(Now).IsDue(Now.AddYears(1)).ShouldBeFalse();
}
