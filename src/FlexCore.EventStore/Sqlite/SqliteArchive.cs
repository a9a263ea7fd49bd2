using FlexCore.EventStore.Appending;

namespace FlexCore.EventStore.Sqlite;

/// <summary>The tables of what has left the log for files.</summary>
internal static class SqliteArchive
{
    public static IReadOnlyList<ArchiveSegment> Segments(SqliteSession session)
    {
        using var query = session.Query("SELECT first_position, last_position, first_hash, file FROM archives ORDER BY last_position");
        var segments = new List<ArchiveSegment>();
        while (query.Step()) segments.Add(Segment(query));
        return segments;
    }

    /// <summary>The last position that has left, 0 when none has.</summary>
    public static long LastPosition(SqliteSession session)
    {
        using var query = session.Query("SELECT max(last_position) FROM archives");
        query.Step();
        return query.Number(0);
    }

    public static IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)> Stream(SqliteSession session, string streamId)
    {
        using var query = session.Query("""
            SELECT first_position, last_position, first_hash, file, version, is_closed, hash FROM archived_heads JOIN archives USING (last_position) WHERE stream_id = ?1 ORDER BY version
            """).Bind(1, streamId);
        var parts = new List<(ArchiveSegment, StreamHead)>();
        while (query.Step()) parts.Add((Segment(query), new StreamHead(query.Number(4), query.Number(5) == 1, new LogHash(query.Bytes(6)))));
        return parts;
    }

    public static StreamHead Head(SqliteSession session, string streamId)
    {
        using var query = session.Query("SELECT version, is_closed, hash FROM archived_heads WHERE stream_id = ?1 ORDER BY version DESC LIMIT 1").Bind(1, streamId);
        return query.Step() ? new StreamHead(query.Number(0), query.Number(1) == 1, new LogHash(query.Bytes(2))) : default;
    }

    public static bool HasId(SqliteSession session, Guid id)
    {
        using var query = session.Query("SELECT 1 FROM archived_ids WHERE id = ?1").Bind(1, id);
        return query.Step();
    }

    public static bool Move(SqliteSession session, ArchiveSegment segment, DateTimeOffset now)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            if (LastPosition(session) != segment.FirstPosition - 1) return false;
            Remember(session, segment, now);
            using (var heads = session.Query("""
                INSERT INTO archived_heads (stream_id, version, is_closed, hash, last_position)
                SELECT stream_id, max(version), event_type = ?3, hash, ?2 FROM events WHERE position BETWEEN ?1 AND ?2 GROUP BY stream_id
                """)) // with max(), SQLite takes the other columns from the row that has it
                heads.Bind(1, segment.FirstPosition).Bind(2, segment.LastPosition).Bind(3, StreamAppend.TombstoneType).Step();
            using (var ids = session.Query("INSERT INTO archived_ids (id) SELECT id FROM events WHERE position BETWEEN ?1 AND ?2"))
                ids.Bind(1, segment.FirstPosition).Bind(2, segment.LastPosition).Step();
            using (var events = session.Query("DELETE FROM events WHERE position BETWEEN ?1 AND ?2"))
                events.Bind(1, segment.FirstPosition).Bind(2, segment.LastPosition).Step();
            session.Execute("COMMIT");
            return true;
        }
        finally
        {
            if (session.InTransaction) session.Execute("ROLLBACK");
        }
    }

    /// <summary>Gives the space of what has left back to the disk.</summary>
    /// <returns>False when others are too busy with the file: then the space is used again.</returns>
    public static bool Shrink(SqliteSession session)
    {
        try
        {
            session.Execute("VACUUM");
            session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            return true;
        }
        catch (EventStoreUnavailableException e) when (e.Code == EventStoreUnavailableException.Busy)
        {
            return false;
        }
    }

    private static ArchiveSegment Segment(SqliteQuery query) => new(query.Number(0), query.Number(1), new LogHash(query.Bytes(2)), query.Text(3));

    private static void Remember(SqliteSession session, ArchiveSegment segment, DateTimeOffset now)
    {
        using var query = session.Query("INSERT INTO archives (last_position, first_position, first_hash, file, archived_at) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Bind(1, segment.LastPosition)
            .Bind(2, segment.FirstPosition)
            .Bind(3, segment.FirstHash)
            .Bind(4, segment.File)
            .Bind(5, SqliteTime.ToMicroseconds(now));
        query.Step();
    }
}
