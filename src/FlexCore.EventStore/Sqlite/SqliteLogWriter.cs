using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;

namespace FlexCore.EventStore.Sqlite;

/// <summary>The one writer of a store object: a batch is one transaction. SQLite works on the calling thread.</summary>
internal sealed class SqliteLogWriter(SqliteSession session, LogArchive archive, TimeProvider timeProvider) : ILogWriter, IDisposable
{
    public async ValueTask<(long? Position, IReadOnlyList<StreamHead> Heads)> TryWriteAsync(AppendBatch batch)
    {
        // From here on nobody else writes: what is read below stays true until the commit, and positions follow the order of commits.
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            var archived = SqliteArchive.End(session);
            var heads = batch.Streams.Select(Head).ToArray();
            await archive.CompleteAsync(heads, batch, archived).ConfigureAwait(false);
            var position = SqliteReads.LastPosition(session);
            if (!batch.Fits(heads) || await archive.HasAnyAsync(batch, archived).ConfigureAwait(false) || !Insert(batch, position, heads) || !Change(batch)) return (null, heads);
            session.Execute("COMMIT");
            return (position, heads);
        }
        finally
        {
            // After some failures, a full disk among them, SQLite has rolled back already.
            if (session.InTransaction) session.Execute("ROLLBACK");
        }
    }

    public async ValueTask<IReadOnlyDictionary<Guid, RecordedEvent>> FindAsync(AppendBatch batch)
    {
        var found = new Dictionary<Guid, RecordedEvent>();
        foreach (var item in batch.Events)
        {
            if (SqliteReads.Find(session, item.Data.Id) is { } recorded) found.Add(recorded.Id, recorded);
        }

        Guid[] ids = [.. batch.Events.Select(item => item.Data.Id)];
        await archive.FindAsync(found, [.. ids.Where(id => SqliteArchive.HasId(session, id))], ids, CancellationToken.None).ConfigureAwait(false);
        return found;
    }

    public void Dispose() => session.Dispose();

    private StreamHead Head(string streamId) => SqliteReads.Head(session, streamId) is { Version: > 0 } head ? head : SqliteArchive.Head(session, streamId);

    /// <returns>False when the id of an event is taken.</returns>
    private bool Insert(AppendBatch batch, long position, StreamHead[] heads)
    {
        var createdAt = timeProvider.GetUtcNow();
        var hashes = batch.Hash(heads, createdAt);
        for (var i = 0; i < hashes.Length; i++)
        {
            var (item, stream, offset) = batch.Events[i];
            if (SqliteArchive.HasId(session, item.Id) || !TryInsert(session, ++position, batch.Streams[stream], heads[stream].Version + offset, item, createdAt, hashes[i])) return false;
        }

        return true;
    }

    /// <returns>False when a change is refused, which its append then knows.</returns>
    private bool Change(AppendBatch batch)
    {
        foreach (var pending in batch.Appends)
        {
            foreach (var change in pending.Changes)
            {
                using var query = session.Query(change.Sql);
                for (var i = 0; i < change.Parameters.Count; i++) query.Bind(i + 1, change.Parameters[i]);
                if (query.TryStep(out var hasRow) && (hasRow || !change.MustMatch)) continue;
                pending.Refusal = new TableChangeRefusedException(change);
                return false;
            }
        }

        return true;
    }

    /// <returns>False when the position, the version or the id is taken.</returns>
    internal static bool TryInsert(SqliteSession session, long position, string streamId, long version, EventData item, DateTimeOffset createdAt, LogHash hash)
    {
        using var query = session.Query(
            "INSERT INTO events (position, stream_id, version, id, event_type, created_at, event_data, metadata, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
            .Bind(1, position)
            .Bind(2, streamId)
            .Bind(3, version)
            .Bind(4, item.Id)
            .Bind(5, item.Type)
            .Bind(6, SqliteTime.ToMicroseconds(createdAt))
            .Bind(7, item.Data.Span)
            .Bind(8, item.Metadata.Span)
            .Bind(9, hash);
        return query.TryStep();
    }
}
