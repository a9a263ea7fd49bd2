using FlexCore.Domain.Pipelines;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.Domain.Tests.Pipelines;

public sealed class StepGraphTests
{
    [Fact]
    public void Steps_that_need_nothing_keep_the_order_of_the_file() =>
        StepGraph.Sort([Step("c"), Step("a"), Step("b")]).Order.ShouldBe(["c", "a", "b"]);

    [Fact]
    public void Step_comes_after_what_it_needs_and_the_rest_stays_in_place() =>
        StepGraph.Sort([Step("report", "load"), Step("free"), Step("load", "free")]).Order.ShouldBe(["free", "load", "report"]);

    [Fact]
    public void Step_that_needs_the_same_step_twice_runs_once() =>
        StepGraph.Sort([Step("a"), Step("b", "a", "a")]).Order.ShouldBe(["a", "b"]);

    [Fact]
    public void Cycle_is_named_from_one_step_back_to_itself_and_leaves_out_who_only_waits_for_it() =>
        StepGraph.Sort([Step("waits", "a"), Step("a", "b"), Step("b", "c"), Step("c", "a"), Step("free")]).Cycle.ShouldBe(["a", "b", "c", "a"]);

    [Fact]
    public void Step_that_needs_itself_is_a_cycle() => StepGraph.Sort([Step("a", "a")]).Cycle.ShouldBe(["a", "a"]);

    [Fact]
    public void Order_of_any_graph_without_a_cycle_has_every_step_after_its_needs() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Graphs(acyclic: true).ToArbitrary(), steps =>
        {
            var (order, cycle) = StepGraph.Sort(steps);

            cycle.ShouldBeNull();
            order.Order(StringComparer.Ordinal).ShouldBe(steps.Select(step => step.Key).Order(StringComparer.Ordinal));
            foreach (var (id, needs) in steps) needs.ShouldAllBe(need => IndexOf(order, need) < IndexOf(order, id));
        }));

    [Fact]
    public void Cycle_of_any_graph_follows_its_needs()
    {
        var cycles = 0;
        Check.QuickThrowOnFailure(Prop.ForAll(Graphs(acyclic: false).ToArbitrary(), steps =>
        {
            if (StepGraph.Sort(steps).Cycle is not { } cycle) return;
            cycles++;
            var needs = steps.ToDictionary(step => step.Key, step => step.Value, StringComparer.Ordinal);
            cycle[0].ShouldBe(cycle[^1]);
            cycle.Skip(1).ShouldBeUnique();
            foreach (var (from, to) in cycle.Zip(cycle.Skip(1))) needs[from].ShouldContain(to);
        }));
        cycles.ShouldBeGreaterThan(0);
    }

    /// <summary>Up to ten steps in any order of the file. Without cycles each needs only steps of a lower number.</summary>
    private static Gen<IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>>> Graphs(bool acyclic) =>
        from count in Gen.Choose(1, 10)
        from needs in Gen.Choose(0, count - 1).ListOf(3).ListOf(count)
        from order in Gen.Shuffle(Enumerable.Range(0, count).ToArray())
        select (IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>>)
            [.. order.Select(step => Step($"s{step}", [.. needs[step].Where(need => !acyclic || need < step).Select(need => $"s{need}")]))];

    private static KeyValuePair<string, IReadOnlyList<string>> Step(string id, params string[] needs) => KeyValuePair.Create(id, (IReadOnlyList<string>)needs);

    private static int IndexOf(IReadOnlyList<string> order, string step) => order.Index().First(item => item.Item == step).Index;
}
