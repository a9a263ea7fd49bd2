using System.Text;
using FsCheck;
using FsCheck.Fluent;
using static FlexCore.EventStore.ViolationKind;

namespace FlexCore.EventStore.Tests.History;

public abstract partial class VerificationConformance<TPlace>
{
    private static readonly string[] Columns = ["position", "version", "id", "created_at", "stream_id", "event_type", "event_data", "metadata", "hash"];

    [Fact]
    public async Task Empty_log_is_intact()
    {
        var report = await (await OpenAsync()).History.VerifyAsync(cancellationToken: Token);

        (report.IsIntact, report.Events, report.TreeSize, report.LastPosition).ShouldBe((true, 0, 0, 0));
    }

    [Fact]
    public async Task Log_that_nobody_touched_is_intact()
    {
        var store = await MakeLogAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(100)), Token);
        var told = new List<VerificationProgress>();

        var report = await store.History.VerifyAsync(Trusting([.. _notes]), new Told(told), Token);

        report.Violations.ShouldBeEmpty();
        report.ShouldBe(new VerificationReport
        {
            AfterPosition = 0,
            LastPosition = Last + 100,
            Events = Last + 100,
            Streams = 5,
            TreeSize = Last,
            Root = (await store.History.SealAsync(Token)).Root,
            Checkpoints = 4,
            SignaturesVerified = true,
            ViolationCount = 0,
            Violations = report.Violations,
        });
        told.ShouldBe([new VerificationProgress(Last + 100, Last + 100)]);
    }

    [Fact]
    public async Task Log_that_was_never_sealed_is_verified_by_its_streams()
    {
        var store = await OpenAsync();
        await store.AppendAsync([.. Enumerable.Range(0, 100).Select(InTurn)], Token);
        (await store.History.VerifyAsync(cancellationToken: Token)).IsIntact.ShouldBeTrue();
        await SetAsync(There, "event_type = 'StepFailed'");

        var report = await store.History.VerifyAsync(cancellationToken: Token);

        report.TreeSize.ShouldBe(0);
        report.Violations.Select(v => (v.Kind, v.Position, v.StreamId)).ShouldBe([(Changed, There, "run-1")]);
    }

    [Fact]
    public async Task Large_log_is_verified_in_pages()
    {
        var store = await OpenAsync();
        for (var i = 0; i < 3; i++) await store.AppendAsync([.. Enumerable.Range(0, 10_000).Select(InTurn)], Token);
        await SealAsync(store);
        await store.AppendAsync([.. Enumerable.Range(0, 1000).Select(InTurn)], Token);
        var told = new List<VerificationProgress>();

        (await store.History.VerifyAsync(Trusting(), new Told(told), Token)).Violations.ShouldBeEmpty();

        told.Count.ShouldBeGreaterThan(5);
        told.Select(progress => progress.Position).ShouldBeInOrder();
        await Place.RunSqlAsync("DELETE FROM events WHERE position BETWEEN 2000 AND 22000");
        await ChangeTileAsync(level: 1, number: 1, 7);
        await ChangeTileAsync(level: 1, number: 7, 7);
        await ChangeTileAsync(level: 2, number: 0, 3);
        var report = await store.History.VerifyAsync(Trusting(), progress: null, Token);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe([(Removed, 2000), (TreeChanged, ((64 + 7) * 64) + 1), (TreeChanged, (3 * 4096) + 1), (TreeChanged, ((448 + 7) * 64) + 1)]);
    }

    [Fact]
    public async Task Violations_are_all_counted_and_the_first_listed()
    {
        var store = await MakeLogAsync();
        await Place.RunSqlAsync("UPDATE events SET event_type = 'StepFailed' WHERE position BETWEEN 11 AND 30");

        var report = await store.History.VerifyAsync(Trusting() with { MaxViolations = 5 }, progress: null, Token);

        (report.IsIntact, report.ViolationCount).ShouldBe((false, 20));
        report.Violations.Select(v => v.Position).ShouldBe([11, 12, 13, 14, 15]);
    }

    [Fact]
    public async Task Verification_behind_a_checkpoint_passes_over_what_was_verified_and_finds_what_came_after()
    {
        var store = await MakeLogAsync();
        await SetAsync(There, "event_type = 'StepFailed'");
        var behind = Trusting([.. _notes]) with { AfterVerified = _notes[0] };

        var report = await store.History.VerifyAsync(behind, progress: null, Token);
        (report.IsIntact, report.AfterPosition, report.Events, report.Streams, report.Checkpoints).ShouldBe((true, First, Last - First, 4, 3));
        report.Root.ShouldBe(await store.History.GetRootAsync(Last, Token));

        await SetAsync(Last - 1, "event_type = 'StepFailed'");
        await DeleteAsync(First + 1);
        report = await store.History.VerifyAsync(behind, progress: null, Token);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe([(Removed, First + 1), (Changed, Last - 1)]);
    }

    [Fact]
    public async Task Verification_behind_a_checkpoint_that_the_tree_does_not_have_begins_at_the_beginning()
    {
        var store = await MakeLogAsync();
        await RewriteAsync(Rehashed(WithChange()));
        await RetileAsync();

        var report = await store.History.VerifyAsync(new VerificationOptions { AfterVerified = _notes[0] }, progress: null, Token);

        report.AfterPosition.ShouldBe(0);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe([(CheckpointInconsistent, First), (CheckpointInconsistent, First), (CheckpointInconsistent, Last)]);
    }

    [Fact]
    public async Task Verification_behind_a_checkpoint_of_another_key_is_refused()
    {
        var store = await MakeLogAsync();
        using var other = SigningKey.Create("flexcore/test");
        var options = Trusting() with { AfterVerified = SignedNote.Sign(_notes[0].Text, other) };

        await Should.ThrowAsync<ArgumentException>(async () => await store.History.VerifyAsync(options, progress: null, Token));
    }

    /// <summary>One byte of one column of one event, other than it was.</summary>
    public sealed record Flip(int Position, int Column, int Byte, int Bits);

    [Fact]
    public async Task Any_changed_byte_is_found()
    {
        var store = await MakeLogAsync();
        await store.AppendAsync([.. Enumerable.Range(0, 20).Select(InTurn)], Token);
        _log = [.. await LogOf(store)];
        var flips =
            from position in Gen.Choose(1, _log.Count)
            from column in Gen.Choose(0, Columns.Length - 1)
            from index in Gen.Choose(0, 31)
            from bits in Gen.Choose(1, 255)
            select new Flip(position, column, index, bits);
        Check.QuickThrowOnFailure(Prop.ForAll(flips.ToArbitrary(), flip => IsFoundAsync(store, flip)));
    }

    private async Task<bool> IsFoundAsync(IEventStore store, Flip flip)
    {
        var before = At(flip.Position);
        var after = Flipped(before, flip);
        // What the database itself refuses is nobody's change.
        if (after is null || _log.Any(item => item != before && (item.Position == after.Position || (item.StreamId == after.StreamId && item.Version == after.Version)))) return true;
        await DeleteAsync(before.Position);
        await InsertAsync(after);
        var report = await store.History.VerifyAsync(cancellationToken: Token);
        await DeleteAsync(after.Position);
        await InsertAsync(before);
        return !report.IsIntact;
    }

    private static RecordedEvent? Flipped(RecordedEvent item, Flip flip)
    {
        return Columns[flip.Column] switch
        {
            "position" => item with { Position = Number(item.Position) },
            "version" => item with { Version = Number(item.Version) },
            "id" => item with { Id = new Guid(Bytes(item.Id.ToByteArray())) },
            // Seven bytes of microseconds are some thousand years.
            "created_at" => item with { RecordedAt = item.RecordedAt.AddMicroseconds((long)flip.Bits << (8 * (flip.Byte % 7))) },
            "stream_id" => Text(item.StreamId) is { } name ? item with { StreamId = name } : null,
            "event_type" => Text(item.Type) is { } type ? item with { Type = type } : null,
            "event_data" => item.Data.IsEmpty ? null : item with { Data = Bytes(item.Data.ToArray()) },
            "metadata" => item.Metadata.IsEmpty ? null : item with { Metadata = Bytes(item.Metadata.ToArray()) },
            _ => item with { Hash = new LogHash(Bytes(item.Hash.ToArray())) },
        };

        long Number(long value) => value ^ ((long)flip.Bits << (8 * (flip.Byte % 7)));

        byte[] Bytes(byte[] value)
        {
            value[flip.Byte % value.Length] ^= (byte)flip.Bits;
            return value;
        }

        string? Text(string value)
        {
            var bytes = Bytes(Encoding.UTF8.GetBytes(value));
            return bytes.All(c => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'-' or (byte)'$' or (byte)' ') ? Encoding.UTF8.GetString(bytes) : null;
        }
    }

    private sealed class Told(List<VerificationProgress> told) : IProgress<VerificationProgress>
    {
        public void Report(VerificationProgress value) => told.Add(value);
    }
}
