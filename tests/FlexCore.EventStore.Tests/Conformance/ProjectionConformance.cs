using FlexCore.EventStore.Projections;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>What every projection does, whatever its store stands on.</summary>
public abstract partial class ProjectionConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    [Fact]
    public async Task Who_has_appended_can_read_what_became_of_it()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        Start(store, new Counts());
        var elsewhere = other.Project(new Counts());

        for (var i = 1; i <= 20; i++)
        {
            var position = (await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token)).LastPosition;
            await elsewhere.WaitUntilAsync(position, Token).AsTask().WaitAsync(Eventually.Limit, Token);
            (await SumAsync(other)).ShouldBe(i);
        }
    }

    [Fact]
    public async Task Every_event_is_folded_exactly_once_though_the_keeper_stops_again_and_again()
    {
        var store = await OpenAsync();
        var writing = Task.Run(
            async () =>
            {
                for (var i = 0; i < 300; i++) await store.AppendAsync(Some.Append($"run-{i % 7}", Some.Events(2)), Token);
            },
            Token);

        for (var i = 1; i <= 8; i++)
        {
            var reached = new TaskCompletionSource();
            var stop = i * 40;
            await using var keeper = store.Project(new Counts { Before = recorded => recorded.Position < stop ? Task.CompletedTask : Hang(reached) });
            keeper.Start();
            await reached.Task.WaitAsync(Eventually.Limit, Token);
        }

        await writing;
        var last = Start(store, new Counts());
        await last.WaitUntilAsync(600, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        (await SumAsync(store)).ShouldBe(600);
    }

    [Fact]
    public async Task New_version_is_built_beside_the_one_that_serves_and_readers_see_the_one_or_the_other()
    {
        var (store, other) = (await OpenAsync(), await OpenAsync());
        await store.AppendAsync(Some.Append("run-1", Some.Events(600)), Token);
        var old = Start(store, new Counts());
        await old.WaitUntilAsync(600, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        var reading = Task.Run(() => ReadUntilAsync(other, 6000), Token);
        var (built, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var next = Start(other, new Counts(version: 2, worth: 10) { Before = recorded => recorded.Position < 550 ? Task.CompletedTask : Pause(built, go) });

        await built.Task.WaitAsync(Eventually.Limit, Token);
        (await next.GetStatusAsync(Token)).ShouldBe(new ProjectionStatus("counts", 1, 600, 0, 500, ConsumerState.CatchingUp, null));
        (await SumAsync(store)).ShouldBe(600);
        go.SetResult();

        var seen = await reading.WaitAsync(Eventually.Limit, Token);
        seen.ShouldBeSubsetOf([600, 6000]);
        await Eventually.TrueAsync(async () => (await old.GetStatusAsync(Token)).State == ConsumerState.Superseded || await Append(store), "the old version did not end");
        (await next.GetStatusAsync(Token)).ServingVersion.ShouldBe(2);
        await Should.ThrowAsync<System.Data.Common.DbException>(() => SumAsync(store, "counts_v1"));

        static async Task<bool> Append(IEventStore store)
        {
            await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
            return false;
        }
    }

    [Fact]
    public async Task Views_are_made_anew_while_they_serve_and_go_on_and_nobody_is_told_twice()
    {
        var store = await OpenAsync();
        var counts = new Counts();
        var keeper = Start(store, counts);
        await StateAsync(keeper, ConsumerState.Live);
        await store.AppendAsync(Some.Append("run-1", Some.Events(20)), Token);
        await keeper.WaitUntilAsync(20, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        await using (var views = await store.OpenViewsAsync(Token))
        {
            await using var spoil = views.CreateCommand();
            spoil.CommandText = "UPDATE counts_v1 SET n = 99";
            await spoil.ExecuteNonQueryAsync(Token);
        }

        (await SumAsync(store)).ShouldBe(99);
        (await keeper.RebuildAsync(Token)).ShouldBeTrue();
        await Eventually.TrueAsync(async () => await SumAsync(store) == 20, "the views were not made anew");

        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
        await keeper.WaitUntilAsync(21, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        (await SumAsync(store)).ShouldBe(21);
        await Eventually.TrueAsync(() => counts.Told.Count >= 21, "not all was told");
        counts.Told.ShouldBe(Enumerable.Range(1, 21).Select(i => (long)i));
        (await keeper.GetStatusAsync(Token)).BuildingPosition.ShouldBeNull();
    }

    private EventProjection Start(IEventStore store, Projection projection)
    {
        var keeper = Closing(store.Project(projection));
        keeper.Start();
        return keeper;
    }

    private static Task StateAsync(EventProjection keeper, ConsumerState state) =>
        Eventually.TrueAsync(async () => (await keeper.GetStatusAsync(Token)).State == state, $"the projection did not become {state}");

    private static async Task<long> SumAsync(IEventStore store, string view = "counts")
    {
        await using var views = await store.OpenViewsAsync(Token);
        await using var command = views.CreateCommand();
#pragma warning disable CA2100 // The test's own.
        command.CommandText = $"SELECT CAST(coalesce(sum(n), 0) AS bigint) FROM {view}";
#pragma warning restore CA2100
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private static async Task<HashSet<long>> ReadUntilAsync(IEventStore store, long last)
    {
        var seen = new HashSet<long>();
        while (!seen.Contains(last)) seen.Add(await SumAsync(store));
        return seen;
    }

    private static Task Hang(TaskCompletionSource reached)
    {
        reached.TrySetResult();
        return Task.Delay(Timeout.Infinite, Token);
    }

    private static Task Pause(TaskCompletionSource reached, TaskCompletionSource go)
    {
        reached.TrySetResult();
        return go.Task;
    }
}
