using static FlexCore.EventStore.ViolationKind;

namespace FlexCore.EventStore.Tests.History;

public abstract partial class VerificationConformance<TPlace>
{
    [Fact]
    public Task Changed_leaf_is_found() => FindsAsync(() => ChangeTileAsync(level: 0, number: 0, There - 1), (TreeChanged, There));

    [Fact]
    public Task Changed_leaves_are_found() => FindsAsync(
        async () =>
        {
            await ChangeTileAsync(level: 0, number: 0, There - 1);
            await ChangeTileAsync(level: 0, number: 0, There);
        },
        (TreeChanged, There),
        (TreeChanged, There + 1));

    [Fact]
    public Task Changed_leaf_that_no_tile_is_above_is_told_by_a_checkpoint() => FindsAsync(() => ChangeTileAsync(level: 0, number: 3, 0), (Changed, 193), (CheckpointInconsistent, Last));

    [Fact]
    public Task Changed_upper_tile_is_found() => FindsAsync(() => ChangeTileAsync(level: 1, number: 0, 1), (TreeChanged, 65));

    [Fact]
    public Task Upper_tile_with_too_much_is_found() => FindsAsync(() => Place.RunSqlAsync($"UPDATE tree_tiles SET hashes = {Place.Literal(new byte[32])} WHERE level = 1"), (TreeChanged, 1));

    [Fact]
    public Task Removed_tile_is_found() => FindsAsync(() => Place.RunSqlAsync("DELETE FROM tree_tiles WHERE level = 0 AND number = 1"), (TreeChanged, 65));

    [Fact]
    public Task Removed_upper_tile_is_found() => FindsAsync(() => Place.RunSqlAsync("DELETE FROM tree_tiles WHERE level = 1"), (TreeChanged, 1));

    [Fact]
    public Task Removed_tree_is_told_by_a_checkpoint() => FindsAsync(() => Place.RunSqlAsync("DELETE FROM tree_tiles"), (TreeChanged, 1));

    [Fact]
    public Task Removed_tree_that_was_made_anew_is_as_good_as_the_old_one() => FindsAsync(RetileAsync);

    [Fact]
    public Task Tile_far_behind_the_end_is_found() => FindsAsync(
        () => Place.RunSqlAsync($"INSERT INTO tree_tiles (level, number, hashes) VALUES (0, 1000000000000, {Place.Literal(new byte[64])})"),
        (TreeChanged, Last + 1),
        (Truncated, Last + 1));

    [Fact]
    public Task Changed_text_of_a_checkpoint_is_found() => FindsAsync(() => SetNoteAsync(First, $"{_notes[0]}".Replace("flexcore/test\n150", "flexcore/test\n151", StringComparison.Ordinal)), (ReSigned, First));

    [Fact]
    public Task Changed_signature_is_found() => FindsAsync(
        () => SetNoteAsync(First, $"{_notes[0].Text}\n{_notes[0].Signatures[0] with { Signature = new byte[70] }}\n"), (ReSigned, First));

    [Fact]
    public Task Signature_of_another_checkpoint_is_found() => FindsAsync(() => SetNoteAsync(First, $"{_notes[0].Text}\n{_notes[1].Signatures[0]}\n"), (ReSigned, First));

    [Fact]
    public Task Checkpoint_kept_as_one_of_another_size_is_found() => FindsAsync(() => Place.RunSqlAsync($"UPDATE checkpoints SET size = 151 WHERE size = {First}"), (CheckpointInconsistent, First + 1));

    [Fact]
    public Task Checkpoint_kept_as_one_of_no_size_is_found() => FindsAsync(() => Place.RunSqlAsync($"UPDATE checkpoints SET size = -1 WHERE size = {First}"), (CheckpointInconsistent, -1));

    [Fact]
    public async Task Checkpoint_signed_with_another_key_is_found_when_keys_are_trusted()
    {
        using var other = SigningKey.Create("flexcore/test");
        await FindsAsync(() => SetNoteAsync(First, $"{SignedNote.Sign(_notes[0].Text, other)}"), (ReSigned, First));

        var store = await OpenAsync();
        var report = await store.History.VerifyAsync(cancellationToken: Token);
        (report.IsIntact, report.SignaturesVerified, report.Checkpoints).ShouldBe((true, false, 2));
    }

    [Fact]
    public Task Notes_that_are_none_are_found() => FindsAsync(
        async () =>
        {
            await SetNoteAsync(First, "nothing");
            await SetNoteAsync(Last, $"{SignedNote.Sign("flexcore/test\nmany\n", _key)}");
        },
        (ReSigned, First),
        (ReSigned, Last));

    [Fact]
    public async Task Checkpoint_with_another_root_is_found_without_keys()
    {
        var store = await MakeLogAsync();
        await SetNoteAsync(First, $"{_notes[0]}".Replace(_notes[0].Text, new Checkpoint("flexcore/test", First, default).ToString(), StringComparison.Ordinal));

        var report = await store.History.VerifyAsync(cancellationToken: Token);

        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe([(CheckpointInconsistent, First)]);
    }

    [Fact]
    public Task Other_log_with_checkpoints_of_the_same_key_is_told_only_by_those_kept_elsewhere() => FindsOnlyAgainstAsync(
        async () =>
        {
            await RewriteAsync(Rehashed(WithChange()));
            await Place.RunSqlAsync("DELETE FROM checkpoints");
            await RetileAsync();
            await SealAsync(await OpenAsync());
        },
        (CheckpointInconsistent, First),
        (CheckpointInconsistent, Last));

    /// <summary>Nothing that the store has tells how many checkpoints there were; the log is what they say it is.</summary>
    [Fact]
    public Task Removed_checkpoint_is_no_violation() => FindsOnlyAgainstAsync(() => Place.RunSqlAsync($"DELETE FROM checkpoints WHERE size = {Last}"));
}
