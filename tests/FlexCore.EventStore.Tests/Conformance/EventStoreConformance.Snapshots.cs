using FlexCore.EventStore.Tests.Snapshots;

namespace FlexCore.EventStore.Tests.Conformance;

public abstract partial class EventStoreConformance<TPlace>
{
    [Fact]
    public async Task Snapshot_is_kept_every_so_many_events_and_the_state_goes_on_from_it()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("count-1", Some.Events(9)), Token);
        (await Reader(store).ReadAsync("count-1", Token)).ShouldBe((new Counted(9, "9"), 9));
        (await ((ISnapshots)store).FindSnapshotAsync("count-1", Token)).ShouldBeNull();

        await store.AppendAsync(Some.Append("count-1", Some.Events(2500)), Token);
        (await Reader(store).ReadAsync("count-1", Token)).ShouldBe((new Counted(2509, "2509"), 2509));
        (await ((ISnapshots)store).FindSnapshotAsync("count-1", Token)).ShouldNotBeNull().Version.ShouldBe(2509);

        await store.AppendAsync(Some.Append("count-1", Some.Events(3)), Token);
        var applied = 0;
        (await Reader(store, onApply: () => applied++).ReadAsync("count-1", Token)).ShouldBe((new Counted(2512, "2512"), 2512));
        applied.ShouldBe(3);
        (await Reader(store).ReadAsync("count-none", Token)).ShouldBe((Counted.None, 0));
    }

    [Fact]
    public async Task Snapshot_that_does_not_fit_never_gives_a_wrong_state()
    {
        var store = await OpenAsync();
        var snapshots = (ISnapshots)store;
        await store.AppendAsync(Some.Append("count-1", Some.Events(20)), Token);
        await store.AppendAsync(Some.Append("count-2", Some.Events(30)), Token);
        await Reader(store).ReadAsync("count-1", Token);
        await Reader(store).ReadAsync("count-2", Token);
        var good = (await snapshots.FindSnapshotAsync("count-1", Token))!;
        var others = (await snapshots.FindSnapshotAsync("count-2", Token))!;
        var damaged = good.State.ToArray();
        damaged[^2] ^= 1;
        Snapshot[] bad =
        [
            good with { Version = 21 },
            good with { Version = 19 },
            good with { Version = -5 },
            good with { Shape = "count/0" },
            good with { State = damaged },
            good with { State = good.State[..^1] },
            good with { State = default },
            others with { StreamId = "count-1" },
            others with { StreamId = "count-1", Version = 20 },
        ];
        foreach (var snapshot in bad)
        {
            await snapshots.RemoveSnapshotAsync((await snapshots.FindSnapshotAsync("count-1", Token))!, Token);
            await snapshots.SaveSnapshotAsync(snapshot, Token);

            (await Reader(store).ReadAsync("count-1", Token)).ShouldBe((new Counted(20, "20"), 20));

            (await snapshots.FindSnapshotAsync("count-1", Token)).ShouldNotBeNull().State.ToArray().ShouldBe(good.State.ToArray());
        }

        var other = new SnapshotReader<Counted>(store, snapshots, Counting("count/2"), every: 10);
        (await other.ReadAsync("count-1", Token)).ShouldBe((new Counted(20, "20"), 20));
        (await snapshots.FindSnapshotAsync("count-1", Token))!.Shape.ShouldBe("count/2");
    }

    [Fact]
    public async Task Older_snapshot_does_not_take_the_place_of_a_newer_one()
    {
        var snapshots = (ISnapshots)await OpenAsync();
        await snapshots.SaveSnapshotAsync(new Snapshot("count-1", 20, "count/1", "new"u8.ToArray()), Token);

        await snapshots.SaveSnapshotAsync(new Snapshot("count-1", 10, "count/1", "old"u8.ToArray()), Token);
        await snapshots.RemoveSnapshotAsync(new Snapshot("count-1", 10, "count/1", default), Token);

        (await snapshots.FindSnapshotAsync("count-1", Token))!.State.ToArray().ShouldBe("new"u8.ToArray());
    }

    private static SnapshotReader<Counted> Reader(IEventStore store, Action? onApply = null) => new(store, (ISnapshots)store, Counting("count/1", onApply), every: 10);

    private static StateShape<Counted> Counting(string name, Action? onApply = null) => new(
        name,
        Counted.None,
        (state, recorded) =>
        {
            onApply?.Invoke();
            return new Counted(state.Events + 1, recorded.Version.ToString());
        },
        SnapshotJson.Default.Counted);
}
