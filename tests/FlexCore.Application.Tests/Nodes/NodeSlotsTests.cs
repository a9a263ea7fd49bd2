using FlexCore.Application.Runs;

namespace FlexCore.Application.Tests.Nodes;

public sealed class NodeSlotsTests
{
    private readonly NodeSlots _slots = new(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Free => _slots.CountFree().Free;

    [Fact]
    public async Task Run_that_steps_aside_leaves_its_slot_and_comes_back_before_others_are_taken()
    {
        using var waiting = _slots.Take();
        waiting.StepAside();
        Free.ShouldBe(1);
        var other = _slots.Take();

        var back = waiting.ComeBackAsync(Token);
        back.IsCompleted.ShouldBeFalse();
        other.Dispose();
        await back.WaitAsync(TimeSpan.FromSeconds(30), Token);

        Free.ShouldBe(0);
    }

    [Fact]
    public async Task Run_that_is_to_stop_comes_back_without_waiting_and_the_slots_are_even_again_later()
    {
        using var stop = new CancellationTokenSource();
        var waiting = _slots.Take();
        waiting.StepAside();
        var other = _slots.Take();

        var back = waiting.ComeBackAsync(stop.Token);
        await stop.CancelAsync();
        await back;
        Free.ShouldBe(-1);
        other.Dispose();
        Free.ShouldBe(0);
        waiting.Dispose();

        Free.ShouldBe(1);
    }

    [Fact]
    public void Run_whose_end_is_being_stored_needs_no_slot_and_there_are_at_most_as_many_of_them()
    {
        var ending = _slots.Take();
        ending.Finish();
        Free.ShouldBe(1);
        var next = _slots.Take();
        next.Finish();
        Free.ShouldBe(0);

        ending.Dispose();
        Free.ShouldBe(1);
        next.Dispose();
        Free.ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_waits_for_a_slot_is_told_when_one_becomes_free()
    {
        using var run = _slots.Take();
        var (_, freed) = _slots.CountFree();
        freed.IsCompleted.ShouldBeFalse();

        run.StepAside();

        await freed.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }
}
