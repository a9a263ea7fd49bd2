using FlexCore.Domain.Notifications;
using FlexCore.Domain.Runs;

namespace FlexCore.Domain.Tests.Notifications;

public sealed class NotifyRuleTests
{
    [Theory]
    [InlineData(Occasion.Failure, RunStatus.Failed, null, true)]
    [InlineData(Occasion.Failure, RunStatus.Interrupted, null, true)]
    [InlineData(Occasion.Failure, RunStatus.Cancelled, null, false)]
    [InlineData(Occasion.Failure, RunStatus.Succeeded, RunStatus.Failed, false)]
    [InlineData(Occasion.Failure, RunStatus.Running, RunStatus.Failed, false)]
    [InlineData(Occasion.Recovery, RunStatus.Succeeded, RunStatus.Failed, true)]
    [InlineData(Occasion.Recovery, RunStatus.Succeeded, RunStatus.Interrupted, true)]
    [InlineData(Occasion.Recovery, RunStatus.Succeeded, RunStatus.Succeeded, false)]
    [InlineData(Occasion.Recovery, RunStatus.Succeeded, null, false)]
    [InlineData(Occasion.Recovery, RunStatus.Failed, RunStatus.Failed, false)]
    [InlineData(Occasion.Success, RunStatus.Succeeded, RunStatus.Failed, true)]
    [InlineData(Occasion.Success, RunStatus.Failed, null, false)]
    [InlineData(Occasion.DeadLetters, RunStatus.Succeeded, null, false)]
    [InlineData(Occasion.Late, RunStatus.Succeeded, null, false)]
    public void Run_gives_an_occasion_by_how_it_ended_and_how_the_one_before_did(Occasion on, RunStatus status, RunStatus? previous, bool concerns) =>
        new NotifyRule(on, "ops").Concerns(RunState.Empty with { Status = status }, previous).ShouldBe(concerns);

    [Theory]
    [InlineData(RunStatus.Succeeded, 2, true)]
    [InlineData(RunStatus.Failed, 2, true)]
    [InlineData(RunStatus.Running, 2, false)]
    [InlineData(RunStatus.Succeeded, 0, false)]
    public void Dead_letters_are_told_once_the_run_has_ended(RunStatus status, long dead, bool concerns)
    {
        var tally = StepTally.Nothing with { Streams = new Dictionary<string, StreamTally>(StringComparer.Ordinal) { ["orders"] = new(5, 0, dead, 0, 0) } };

        new NotifyRule(Occasion.DeadLetters, "ops").Concerns(RunState.Empty with { Status = status, Steps = [new StepState("load", StepStatus.Succeeded, 1, tally, null, null, null)] }, null).ShouldBe(concerns);
    }

    [Fact]
    public void Occasions_have_the_names_that_pipelines_write() => Occasions.ByName.Keys.ShouldBe(["failure", "recovery", "late", "dead-letters", "success"]);
}
