using System.Text;
using System.Text.Json;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Sync;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Plugins.Tests.Sync;

/// <summary>With several targets the tap goes on from where the last of them is.</summary>
public sealed class TargetStatesTests
{
    private static readonly CommittedState Nothing = CommittedState.None;

    [Fact]
    public void Committed_state_is_never_ahead_of_any_target_however_their_answers_mix()
    {
        // A step of the game: a STATE passes (true), or target N gives its next one back, written anew.
        var moves = Gen.OneOf(Gen.Constant((int?)null), Gen.Elements<int?>(0, 1, 2)).ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(moves.ToArbitrary(), game =>
        {
            var states = new TargetStates(["a", "b", "c"], Nothing, fullRefresh: false, new Warned());
            var (passed, given) = (0, new int[3]);
            foreach (var move in game)
            {
                if (move is not { } target)
                {
                    passed++;
                    states.Numbers!.Pass(Encoding.UTF8.GetBytes($$$"""{"type": "STATE", "value": {"last": {{{passed}}}, "also": 1.0}}"""));
                }
                else if (given[target] < passed)
                {
                    // One of those that passed since, not always the next: targets may leave STATEs out.
                    given[target] = Math.Min(passed, given[target] + 1 + (passed % 3));
                    states.Confirm(target, JsonElement.Parse($$"""{"also":1,"last":{{given[target]}}}"""), (value, targets) =>
                    {
                        var committed = value.ValueKind == JsonValueKind.Null ? 0 : value.GetProperty("last").GetInt32();
                        committed.ShouldBe(given.Min());
                        targets!.Select(state => state.Value?.GetProperty("last").GetInt32() ?? 0).ShouldBe(given);
                    });
                }
            }
        }));
    }

    [Fact]
    public void Tap_goes_on_from_the_oldest_and_those_that_were_further_begin_there_too()
    {
        var committed = new CommittedState(Value(3), Guid.Empty, 9, [new TargetState("a", 7, Value(7)), new TargetState("b", 3, Value(3))]);

        var states = new TargetStates(["a", "b"], committed, fullRefresh: false, new Warned());

        states.Start!.Value.GetProperty("last").GetInt32().ShouldBe(3);
        Pass(states, 4);
        states.Confirm(1, Value(4), (value, targets) =>
        {
            value.GetProperty("last").GetInt32().ShouldBe(3, "a has not confirmed anything of this run");
            targets!.Select(state => (state.Target, state.Value!.Value.GetProperty("last").GetInt32())).ShouldBe([("a", 3), ("b", 4)]);
            targets![1].Number.ShouldBeGreaterThan(7, "numbers go on from all that were ever given");
        });
    }

    [Fact]
    public void Same_STATE_passing_twice_is_taken_for_the_first_of_them()
    {
        var states = new TargetStates(["a", "b"], Nothing, fullRefresh: false, new Warned());
        foreach (var last in (int[])[1, 2, 1]) Pass(states, last);

        long number = 0;
        states.Confirm(0, Value(1), (_, targets) => number = targets![0].Number);

        number.ShouldBe(1);
    }

    [Fact]
    public void STATE_that_never_passed_moves_nothing_and_is_told_once()
    {
        var warned = new Warned();
        var states = new TargetStates(["a", "b"], Nothing, fullRefresh: false, warned);
        Pass(states, 1);

        for (var i = 0; i < 3; i++) states.Confirm(0, Value(99), (_, _) => Assert.Fail("nothing is to be committed"));

        warned.Messages.ShouldHaveSingleItem().ShouldContain("a gave back a STATE that is not one of those it got");
    }

    [Fact]
    public void Target_without_a_state_of_its_own_makes_the_tap_begin_anew()
    {
        var warned = new Warned();

        var states = new TargetStates(["a", "new"], new CommittedState(Value(3), Guid.Empty, 1, [new TargetState("a", 3, Value(3))]), fullRefresh: false, warned);

        states.Start.ShouldBeNull();
        warned.Messages.ShouldHaveSingleItem().ShouldContain("new has no state of its own yet");
    }

    [Fact]
    public void Value_that_was_set_by_hand_is_where_all_targets_begin_whichever_there_are()
    {
        var warned = new Warned();

        var states = new TargetStates(["a", "new"], new CommittedState(Value(3), null, 2, []) { IsForAllTargets = true }, fullRefresh: false, warned);

        states.Start!.Value.GetProperty("last").GetInt32().ShouldBe(3);
        warned.Messages.ShouldBeEmpty();
        Pass(states, 4);
        states.Confirm(0, Value(4), (value, targets) =>
        {
            value.GetProperty("last").GetInt32().ShouldBe(3);
            targets!.Select(state => (state.Target, state.Value!.Value.GetProperty("last").GetInt32())).ShouldBe([("a", 4), ("new", 3)]);
        });
    }

    [Fact]
    public void Single_target_is_taken_at_its_word()
    {
        var states = new TargetStates(["a"], new CommittedState(Value(3), Guid.Empty, 1, []), fullRefresh: false, new Warned());

        states.Start!.Value.GetProperty("last").GetInt32().ShouldBe(3);
        states.Confirm(0, Value(42), (value, targets) => (value.GetProperty("last").GetInt32(), targets).ShouldBe((42, null)));
    }

    [Fact]
    public void Targets_that_gave_nothing_back_are_known_by_name()
    {
        var states = new TargetStates(["a", "b", "b#2"], Nothing, fullRefresh: false, new Warned());
        Pass(states, 1);

        states.Confirm(1, Value(1), (_, _) => { });

        states.Silent.ShouldBe(["a", "b#2"]);
    }

    [Fact]
    public void Second_use_of_a_plugin_has_a_name_of_its_own() => TargetStates.NamesOf(["x", "y", "x", "x"]).ShouldBe(["x", "y", "x#2", "x#3"]);

    private static JsonElement Value(int last) => JsonElement.Parse($$"""{"last":{{last}}}""");

    private static void Pass(TargetStates states, int last) => states.Numbers!.Pass(Encoding.UTF8.GetBytes($$$"""{"type":"STATE","value":{"last":{{{last}}}}}"""));
}
