using System.Text;
using FlexCore.EventStore.Hashing;
using FlexCore.EventStore.Merkle;
using FlexCore.EventStore.Tests.Conformance;

namespace FlexCore.EventStore.Tests.History;

/// <summary>
/// What somebody does who can write the database is found, whatever the store stands on. The log: four streams in turn, one that is closed, a checkpoint at 150, the four again up to 230,
/// and a checkpoint there.
/// </summary>
public abstract partial class VerificationConformance<TPlace> : StoreTests<TPlace>
    where TPlace : IStorePlace, new()
{
    private const int First = 150;
    private const int Last = 230;

    /// <summary>The position that most is done to: version 11 of run-1, whose next event is at 46.</summary>
    private const int There = 42;

    private readonly SigningKey _key = SigningKey.Create("flexcore/test");
    private readonly List<SignedNote> _notes = [];
    private List<RecordedEvent> _log = [];

    private static StreamAppend InTurn(int i) => Some.Append($"run-{i % 4}", Some.Event(data: $"{{\"n\":{i}}}"));

    private async Task<IEventStore> MakeLogAsync()
    {
        var store = await OpenAsync();
        await store.AppendAsync([.. Enumerable.Range(0, First - 2).Select(InTurn), Some.Append("run-9", Some.Event()), StreamAppend.Tombstone("run-9", ExpectedVersion.Any)], Token);
        await SealAsync(store);
        await store.AppendAsync([.. Enumerable.Range(0, Last - First).Select(InTurn)], Token);
        await SealAsync(store);
        _log = [.. await LogOf(store)];
        return store;
    }

    private async Task<SignedNote> SealAsync(IEventStore store)
    {
        var (size, root) = await store.History.SealAsync(Token);
        var note = SignedNote.Sign(new Checkpoint("flexcore/test", size, root).ToString(), _key);
        await store.History.Tables.WriteCheckpointAsync(size, note.ToString(), Token);
        _notes.Add(note);
        return note;
    }

    private VerificationOptions Trusting(params SignedNote[] against) => new() { TrustedKeys = [_key.Verification], Against = against };

    /// <summary>Makes the log, does something to it, and expects exactly these violations.</summary>
    private async Task FindsAsync(Func<Task> tamper, params (ViolationKind, long)[] expected)
    {
        var store = await MakeLogAsync();
        await tamper();
        var report = await store.History.VerifyAsync(Trusting(), progress: null, Token);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe(expected, string.Join('\n', report.Violations.Take(10).Select(v => v.Message)));
    }

    /// <summary>Nothing but a checkpoint that is kept elsewhere tells.</summary>
    private async Task FindsOnlyAgainstAsync(Func<Task> tamper, params (ViolationKind, long)[] expected)
    {
        await FindsAsync(tamper);
        var store = await OpenAsync();
        var report = await store.History.VerifyAsync(Trusting([.. _notes.Take(2)]), progress: null, Token);
        report.Violations.Select(v => (v.Kind, v.Position)).ShouldBe(expected, string.Join('\n', report.Violations.Take(10).Select(v => v.Message)));
    }

    private RecordedEvent At(long position) => _log[(int)position - 1];

    private Task SetAsync(long position, string assignment) => Place.RunSqlAsync($"UPDATE events SET {assignment} WHERE position = {position}");

    private Task DeleteAsync(long position) => Place.RunSqlAsync($"DELETE FROM events WHERE position = {position}");

    private Task InsertAsync(params RecordedEvent[] events) => Place.RunSqlAsync(
        $"INSERT INTO events (position, stream_id, version, id, event_type, event_data, metadata, created_at, hash) VALUES {string.Join(',', events.Select(Row))}");

    private string Row(RecordedEvent e) =>
        $"({e.Position}, '{e.StreamId}', {e.Version}, {Place.Literal(e.Id)}, '{e.Type}', {Place.Literal(e.Data.Span)}, {Place.Literal(e.Metadata.Span)}, {Place.Literal(e.RecordedAt)}, {Place.Literal(e.Hash.ToArray())})";

    /// <summary>Puts another log in place of the one that is there.</summary>
    private async Task RewriteAsync(IEnumerable<RecordedEvent> log)
    {
        _log = [.. log];
        await Place.RunSqlAsync("DELETE FROM events");
        await InsertAsync([.. _log]);
    }

    /// <summary>The log with the hashes that follow from it, as somebody makes them who knows how.</summary>
    private static IEnumerable<RecordedEvent> Rehashed(IEnumerable<RecordedEvent> log)
    {
        var heads = new Dictionary<string, LogHash>(StringComparer.Ordinal);
        foreach (var item in log) yield return item with { Hash = heads[item.StreamId] = EventHash.Of(item, heads.GetValueOrDefault(item.StreamId)) };
    }

    private static IEnumerable<RecordedEvent> Renumbered(IEnumerable<RecordedEvent> log) => log.Select((item, i) => item with { Position = i + 1 });

    private IEnumerable<RecordedEvent> WithChange() => _log.Select(item => item.Position == There ? item with { Data = "{\"n\":1000}"u8.ToArray() } : item);

    /// <summary>Makes all tiles anew.</summary>
    private async Task RetileAsync()
    {
        await Place.RunSqlAsync("DELETE FROM tree_tiles");
        var store = await OpenAsync();
        await store.History.SealAsync(Token);
    }

    private async Task ChangeTileAsync(int level, int number, int index)
    {
        var store = await OpenAsync();
        var tiles = await store.History.Tables.ReadTilesAsync([new TileId(level, number)], Token);
        var hashes = tiles[0].ToArray();
        hashes[index * LogHash.Size] ^= 1;
        await Place.RunSqlAsync($"UPDATE tree_tiles SET hashes = {Place.Literal(hashes)} WHERE level = {level} AND number = {number}");
    }

    private Task SetNoteAsync(long size, string note) => Place.RunSqlAsync($"UPDATE checkpoints SET note = '{note}' WHERE size = {size}");

    private static RecordedEvent New(long position, string streamId = "run-7", long version = 1, LogHash previous = default)
    {
        var item = new RecordedEvent(position, streamId, version, Guid.CreateVersion7(), "StepStarted", Encoding.UTF8.GetBytes("{}"), default, DateTimeOffset.UnixEpoch);
        return item with { Hash = EventHash.Of(item, previous) };
    }
}
