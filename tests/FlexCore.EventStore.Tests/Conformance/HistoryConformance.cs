using System.Collections.Concurrent;
using System.Text;
using FlexCore.EventStore.Merkle;
using FlexCore.EventStore.Tests.Merkle;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>What every store keeps of the tree over its log, and of the checkpoints.</summary>
public abstract class HistoryConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    private static readonly string Key = NewKey();

    [Fact]
    public async Task Sealed_log_has_the_root_of_its_events_however_it_was_sealed()
    {
        var (one, other) = (await OpenAsync(), await OpenAsync());
        foreach (var count in (int[])[1, 62, 1, 1, 200, 4000])
        {
            await one.AppendAsync([Some.Append("run-1", Some.Events(count)), Some.Append("run-2", Some.Events(1))], Token);
            if (count != 200) await Task.WhenAll(one.History.SealAsync(Token).AsTask(), other.History.SealAsync(Token).AsTask());
        }

        var leaves = (await LogOf(one)).Select(recorded => MerkleHash.Leaf(recorded.Hash)).ToArray();

        (await other.History.SealAsync(Token)).ShouldBe((leaves.Length, NaiveTree.Root(leaves)));
        foreach (var size in (int[])[0, 1, 64, 65, 66, 300, leaves.Length]) (await one.History.GetRootAsync(size, Token)).ShouldBe(NaiveTree.Root(leaves.AsSpan(0, size)));
        (await (await OpenAsync()).History.SealAsync(Token)).ShouldBe((leaves.Length, NaiveTree.Root(leaves)));
    }

    [Fact]
    public async Task Event_and_growth_of_the_log_are_proven_to_whoever_has_the_key()
    {
        var store = await OpenAsync();
        await using var checkpoints = store.SignCheckpoints(new CheckpointOptions(Key, (_, _) => ValueTask.CompletedTask));
        (await checkpoints.WriteAsync(Token)).ShouldBeNull();
        await store.AppendAsync([Some.Append("run-1", Some.Events(100)), Some.Append("run-2", Some.Events(3))], Token);
        var older = (await checkpoints.WriteAsync(Token)).ShouldNotBeNull();
        await store.AppendAsync(Some.Append("run-1", Some.Events(100)), Token);
        var newer = (await checkpoints.WriteAsync(Token)).ShouldNotBeNull();
        (await checkpoints.WriteAsync(Token))!.Text.ShouldBe(newer.Text);

        using var key = SigningKey.FromPem((await store.History.GetOriginAsync(Token))!, Key);
        foreach (var position in (long[])[1, 100, 102, 103])
            (await store.History.ProveAsync(position, older, Token))!.FindFault([key.Verification]).ShouldBeNull();
        (await store.History.ProveAsync(104, older, Token)).ShouldBeNull();
        (await store.History.ProveAsync(203, newer, Token))!.FindFault([key.Verification]).ShouldBeNull();
        (await store.History.ProveConsistencyAsync(older, newer, Token)).FindFault([key.Verification]).ShouldBeNull();
        (await store.History.ReadCheckpointsAsync(cancellationToken: Token)).ShouldBe([older.ToString(), newer.ToString()]);
    }

    [Fact]
    public async Task Log_is_signed_after_so_many_events_and_whatever_could_not_be_handed_on_is_handed_on_later()
    {
        var store = await OpenAsync();
        var published = new ConcurrentQueue<SignedNote>();
        var failures = 2;
        await using var checkpoints = store.SignCheckpoints(new CheckpointOptions(Key, (note, _) =>
        {
            if (Interlocked.Decrement(ref failures) >= 0) throw new IOException("away");
            published.Enqueue(note);
            return ValueTask.CompletedTask;
        })
        { EveryEvents = 10 });
        checkpoints.Start();

        await store.AppendAsync(Some.Append("run-1", Some.Events(12)), Token);

        await Eventually.TrueAsync(() => !published.IsEmpty, "a checkpoint is published");
        published.ShouldHaveSingleItem().Text.ShouldContain("\n12\n");
        (await store.History.ReadCheckpointsAsync(cancellationToken: Token)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Last_event_waits_no_longer_for_its_checkpoint_than_it_may()
    {
        var store = await OpenAsync();
        var published = new ConcurrentQueue<SignedNote>();
        await using var checkpoints = store.SignCheckpoints(new CheckpointOptions(Key, (note, _) =>
        {
            published.Enqueue(note);
            return ValueTask.CompletedTask;
        })
        { Every = TimeSpan.FromMilliseconds(500) });
        checkpoints.Start();

        await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);

        await Eventually.TrueAsync(() => !published.IsEmpty, "a checkpoint is published");
        Checkpoint.Parse(SignedNote.Parse(Encoding.UTF8.GetBytes(published.First().ToString())).Text).Size.ShouldBe(1);
    }

    [Fact]
    public async Task Copy_of_the_log_has_the_name_and_the_root_of_the_log()
    {
        var (original, copy) = (await OpenAsync(), Closing(await new TPlace().OpenAsync(TimeProvider.System)));
        await original.AppendAsync([Some.Append("run-1", Some.Events(70)), StreamAppend.Tombstone("run-2", ExpectedVersion.Any)], Token);

        await copy.ImportAsync((await LogOf(original)).ToAsyncEnumerable(), Token);

        (await copy.History.SealAsync(Token)).ShouldBe(await original.History.SealAsync(Token));
        (await copy.History.GetOriginAsync(Token)).ShouldBe(await original.History.GetOriginAsync(Token));
    }

    private static string NewKey()
    {
        using var key = SigningKey.Create("any");
        return key.ToPem();
    }
}
