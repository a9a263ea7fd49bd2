using FlexCore.EventStore.Projections;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class ProjectionConformance<TPlace>
{
    [Fact]
    public async Task Side_effects_are_only_of_events_after_the_catching_up()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(20)), Token);
        var counts = new Counts();
        var first = Start(store, counts);
        await StateAsync(first, ConsumerState.Live);
        await store.AppendAsync(Some.Append("run-1", Some.Events(2)), Token);
        await Eventually.TrueAsync(() => counts.Told.Count == 2, "nobody was told");
        await first.DisposeAsync();

        // What nobody was there for is told when somebody is.
        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
        Start(store, counts);
        await Eventually.TrueAsync(() => counts.Told.Count == 3, "nobody was told");
        var next = new Counts(version: 2);
        await StateAsync(Start(store, next), ConsumerState.Live);
        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
        await Eventually.TrueAsync(() => next.Told.Count == 1, "nobody was told");

        counts.Told.ShouldBe([21, 22, 23]);
        next.Told.ShouldBe([24]);
    }

    [Fact]
    public async Task Projection_that_fails_stops_before_the_event_says_why_and_keeps_no_other_waiting()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(20)), Token);
        var broken = true;
        var failing = Start(store, new Counts("fails") { Before = recorded => recorded.Position == 13 && Volatile.Read(ref broken) ? throw new InvalidOperationException("not the 13th") : Task.CompletedTask });
        var well = Start(store, new Counts());

        await well.WaitUntilAsync(20, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        await Eventually.TrueAsync(async () => await failing.GetStatusAsync(Token) is { Position: 12, State: ConsumerState.Retrying }, "the events before were not folded");
        (await failing.GetStatusAsync(Token)).ShouldBe(new ProjectionStatus("fails", 0, 12, 8, 12, ConsumerState.Retrying, "not the 13th"));
        Volatile.Write(ref broken, false);

        await failing.WaitUntilAsync(20, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        (await SumAsync(store, "fails")).ShouldBe(20);
        await StateAsync(failing, ConsumerState.Live);
        (await failing.GetStatusAsync(Token)).LastError.ShouldBeNull();
    }

    [Fact]
    public async Task Rebuild_that_fails_keeps_the_views_that_serve_going()
    {
        var store = await OpenAsync();
        var rebuilding = false;
        var keeper = Start(store, new Counts { Before = recorded => recorded.Position == 3 && Volatile.Read(ref rebuilding) ? throw new InvalidOperationException("no") : Task.CompletedTask });
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        await keeper.WaitUntilAsync(5, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        Volatile.Write(ref rebuilding, true);
        await keeper.RebuildAsync(Token);
        await StateAsync(keeper, ConsumerState.Retrying);

        for (var i = 6; i <= 12; i++)
        {
            await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
            await keeper.WaitUntilAsync(i, Token).AsTask().WaitAsync(Eventually.Limit, Token);
            (await SumAsync(store)).ShouldBe(i);
        }

        (await keeper.GetStatusAsync(Token)).LastError.ShouldBe("no");
    }

    [Fact]
    public async Task Views_that_are_ahead_of_the_log_say_so_and_are_mended_by_a_rebuild()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        await using (var before = store.Project(new Counts()))
        {
            before.Start();
            await before.WaitUntilAsync(5, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        }

        await using (var views = await store.OpenViewsAsync(Token))
        {
            await using var restore = views.CreateCommand();
            restore.CommandText = "UPDATE projections SET position = 9, epoch = 99; UPDATE counts_v1 SET n = 9";
            await restore.ExecuteNonQueryAsync(Token);
        }

        var keeper = Start(store, new Counts());
        await StateAsync(keeper, ConsumerState.Retrying);
        (await keeper.GetStatusAsync(Token)).LastError.ShouldNotBeNull().ShouldContain("Rebuild");
        await keeper.RebuildAsync(Token);

        await StateAsync(keeper, ConsumerState.Live);
        (await SumAsync(store)).ShouldBe(5);
    }

    [Fact]
    public async Task Of_two_that_keep_one_version_one_works_and_the_other_takes_over()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        var working = Start(store, new Counts());
        await StateAsync(working, ConsumerState.Live);
        var waiting = Start(other, new Counts());
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        await working.WaitUntilAsync(5, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        (await waiting.GetStatusAsync(Token)).State.ShouldBe(ConsumerState.Waiting);

        await working.DisposeAsync();

        await Eventually.TrueAsync(async () => (await waiting.GetStatusAsync(Token)).State == ConsumerState.Live, "nobody took over", TimeSpan.FromSeconds(5));
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        await waiting.WaitUntilAsync(10, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        (await SumAsync(store)).ShouldBe(10);
    }
}
