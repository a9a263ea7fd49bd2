using static FlexCore.EventStore.ViolationKind;

namespace FlexCore.EventStore.Tests.History;

public abstract partial class VerificationConformance<TPlace>
{
    /// <summary>Where the events of run-1 are from the one on that most is done to.</summary>
    private IEnumerable<long> OfTheStream => _log.Where(item => item.StreamId == "run-1" && item.Position >= There).Select(item => item.Position);

    [Fact]
    public Task Changed_data_is_found() => FindsAsync(() => SetAsync(There, $"event_data = {Place.Literal("{}"u8)}"), (Changed, There));

    [Fact]
    public Task Changed_metadata_is_found() => FindsAsync(() => SetAsync(There, $"metadata = {Place.Literal("{ }"u8)}"), (Changed, There));

    [Fact]
    public Task Changed_type_is_found() => FindsAsync(() => SetAsync(There, "event_type = 'StepFailed'"), (Changed, There));

    [Fact]
    public Task Changed_id_is_found() => FindsAsync(() => SetAsync(There, $"id = {Place.Literal(Guid.CreateVersion7())}"), (Changed, There));

    [Fact]
    public Task Changed_time_is_found() => FindsAsync(() => SetAsync(There, $"created_at = {Place.Literal(At(There).RecordedAt.AddMicroseconds(1))}"), (Changed, There));

    [Fact]
    public Task Changed_version_is_found() => FindsAsync(() => SetAsync(There, "version = 1000"), (Changed, There));

    [Fact]
    public Task Changed_first_version_is_found() => FindsAsync(() => SetAsync(1, "version = 0"), (Changed, 1));

    [Fact]
    public Task Changed_hash_is_found() => FindsAsync(() => SetAsync(There, $"hash = {Place.Literal(new byte[32])}"), (Changed, There));

    [Fact]
    public Task Hash_that_is_none_is_found() => FindsAsync(() => SetAsync(There, $"hash = {Place.Literal(new byte[3])}"), (Changed, There));

    [Fact]
    public Task Neighbours_that_cannot_be_read_are_found() => FindsAsync(() => Place.RunSqlAsync($"UPDATE events SET hash = {Place.Literal(new byte[3])} WHERE position BETWEEN 40 AND 46 OR position = 230"), (Changed, 40), (Changed, 230));

    [Fact]
    public Task Changed_stream_is_found() => FindsAsync(() => SetAsync(There, "stream_id = 'run-7', version = 1"), (Changed, There));

    [Fact]
    public Task Event_moved_to_the_end_of_another_stream_is_found() => FindsAsync(() => SetAsync(There, "stream_id = 'run-2', version = 1000"), (Changed, There));

    [Fact]
    public Task Change_with_its_hash_is_found_there_and_at_the_next_of_the_stream() => FindsAsync(
        async () =>
        {
            var changed = Rehashed(WithChange()).Single(item => item.Position == There);
            await SetAsync(There, $"event_data = {Place.Literal(changed.Data.Span)}, hash = {Place.Literal(changed.Hash.ToArray())}");
        },
        (Changed, There),
        (Changed, There + 4));

    [Fact]
    public async Task Change_with_all_hashes_of_the_stream_is_found_at_each()
    {
        var store = await MakeLogAsync();
        await RewriteAsync(Rehashed(WithChange()));
        var report = await store.History.VerifyAsync(Trusting(), progress: null, Token);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe(OfTheStream.Select(position => (Changed, position)));
    }

    [Fact]
    public Task Change_with_all_hashes_and_the_tree_is_told_by_checkpoints() => FindsAsync(
        async () =>
        {
            await RewriteAsync(Rehashed(WithChange()));
            await RetileAsync();
        },
        (CheckpointInconsistent, First),
        (CheckpointInconsistent, Last));

    [Fact]
    public Task Removed_event_is_found() => FindsAsync(() => DeleteAsync(There), (Removed, There));

    [Fact]
    public Task Removed_event_before_renumbered_ones_is_found() => FindsAsync(() => RewriteAsync(Renumbered(_log.Where(item => item.Position != There))), (Removed, There));

    [Fact]
    public async Task Removed_event_before_renumbered_ones_with_versions_is_found_there_and_at_each_of_the_stream()
    {
        var store = await MakeLogAsync();
        await RewriteAsync(Renumbered(_log.Where(item => item.Position != There).Select(item => item.StreamId == "run-1" && item.Position > There ? item with { Version = item.Version - 1 } : item)));
        var report = await store.History.VerifyAsync(Trusting(), progress: null, Token);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe([(Removed, There), .. OfTheStream.Select(position => (Changed, position))]);
    }

    [Fact]
    public Task Removed_events_in_a_row_are_one_violation() => FindsAsync(() => Place.RunSqlAsync("DELETE FROM events WHERE position BETWEEN 42 AND 99"), (Removed, There));

    [Fact]
    public Task Positions_that_were_only_raised_are_one_violation() => FindsAsync(() => RewriteAsync(_log.Select(item => item.Position < There ? item : item with { Position = item.Position + 1000 })), (Reordered, There + 1000));

    [Fact]
    public Task Removed_last_event_is_found() => FindsAsync(() => DeleteAsync(Last), (Truncated, Last));

    [Fact]
    public Task Removed_last_event_with_its_leaf_is_told_by_a_checkpoint() => FindsAsync(
        async () =>
        {
            await DeleteAsync(Last);
            await RetileAsync();
        },
        (Truncated, Last));

    [Fact]
    public Task Removed_last_event_with_tree_and_checkpoint_is_told_only_by_one_kept_elsewhere() => FindsOnlyAgainstAsync(
        async () =>
        {
            await DeleteAsync(Last);
            await RetileAsync();
            await Place.RunSqlAsync($"DELETE FROM checkpoints WHERE size = {Last}");
        },
        (Truncated, Last));

    [Fact]
    public Task Event_at_a_freed_position_is_found() => FindsAsync(
        async () =>
        {
            await DeleteAsync(There);
            await InsertAsync(New(There));
        },
        (Changed, There));

    [Fact]
    public Task Event_put_in_before_renumbered_ones_is_found() => FindsAsync(() => RewriteAsync(Renumbered([.. _log[..(There - 1)], New(There), .. _log[(There - 1)..]])), (Inserted, There));

    [Fact]
    public Task Event_behind_a_tombstone_is_found() => FindsAsync(() => InsertAsync(New(Last + 1, "run-9", version: 3, At(First).Hash)), (Inserted, Last + 1));

    [Fact]
    public Task Swapped_positions_are_found() => FindsAsync(
        () => Place.RunSqlAsync("UPDATE events SET position = 9999 WHERE position = 42; UPDATE events SET position = 42 WHERE position = 47; UPDATE events SET position = 47 WHERE position = 9999"),
        (Reordered, There),
        (Reordered, There + 5));

    [Fact]
    public Task Swapped_positions_of_one_stream_are_found() => FindsAsync(
        () => Place.RunSqlAsync("UPDATE events SET position = 9999 WHERE position = 42; UPDATE events SET position = 42 WHERE position = 54; UPDATE events SET position = 54 WHERE position = 9999"),
        (Reordered, There),
        (Reordered, There + 12));

    [Fact]
    public Task Swapped_versions_are_found() => FindsAsync(
        () => Place.RunSqlAsync("UPDATE events SET version = 9999 WHERE position = 42; UPDATE events SET version = 11 WHERE position = 46; UPDATE events SET version = 12 WHERE position = 42"),
        (Changed, There),
        (Reordered, There + 4));

    [Fact]
    public Task Copy_of_an_event_is_found() => FindsAsync(() => InsertAsync(At(There) with { Position = Last + 1, Version = At(There).Version + 1000, Id = Guid.CreateVersion7() }), (Removed, Last + 1));

    [Fact]
    public async Task Removed_stream_is_found()
    {
        var store = await MakeLogAsync();
        await Place.RunSqlAsync("DELETE FROM events WHERE stream_id = 'run-1'");
        var report = await store.History.VerifyAsync(Trusting(), progress: null, Token);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe(_log.Where(item => item.StreamId == "run-1").Select(item => (Removed, item.Position)));
    }

    [Fact]
    public async Task Changes_behind_the_end_of_the_tree_are_found_by_the_streams()
    {
        var store = await MakeLogAsync();
        await store.AppendAsync([.. Enumerable.Range(0, 20).Select(InTurn)], Token);
        await SetAsync(Last + 1, "event_type = 'StepFailed'");
        await Place.RunSqlAsync($"DELETE FROM events WHERE position = {Last + 6}; UPDATE events SET position = {Last + 6} WHERE position = {Last + 20}");

        var report = await store.History.VerifyAsync(Trusting(), progress: null, Token);

        report.TreeSize.ShouldBe(Last);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldContain((Changed, Last + 1L));
        report.Violations.ShouldContain(v => v.Kind == Removed && v.StreamId == "run-1");
    }
}
