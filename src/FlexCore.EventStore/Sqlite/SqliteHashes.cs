using FlexCore.EventStore.Hashing;

namespace FlexCore.EventStore.Sqlite;

/// <summary>Gives their hashes to events of a time when they had none, as part of the migration.</summary>
internal static class SqliteHashes
{
    private const int PageSize = 1000;

    internal static void Fill(SqliteSession session)
    {
        var last = new Dictionary<string, LogHash>(StringComparer.Ordinal);
        for (var position = 0L; ReadPage(session, position) is { Count: > 0 } page; position = page[^1].Position)
        {
            foreach (var recorded in page)
            {
                var hash = EventHash.Of(recorded, last.GetValueOrDefault(recorded.StreamId));
                last[recorded.StreamId] = hash;
                using var update = session.Query("UPDATE events SET hash = ?2 WHERE position = ?1").Bind(1, recorded.Position).Bind(2, hash);
                update.Step();
            }
        }
    }

    private static List<RecordedEvent> ReadPage(SqliteSession session, long position)
    {
        using var query = session.Query("SELECT position, stream_id, version, id, event_type, event_data, metadata, created_at, zeroblob(32) FROM events WHERE position > ?1 ORDER BY position LIMIT ?2")
            .Bind(1, position)
            .Bind(2, PageSize);
        return SqliteReads.Events(query);
    }
}
