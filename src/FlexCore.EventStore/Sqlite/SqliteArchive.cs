using System.Text.Json;
using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.Sqlite;

/// <summary>The tables of what has left the log for files.</summary>
internal static class SqliteArchive
{
    private const string Columns = "first_position, last_position, first_hash, file, first_dated, last_dated";

    public static IReadOnlyList<ArchiveSegment> Segments(SqliteSession session)
    {
        using var query = session.Query($"SELECT {Columns} FROM archives ORDER BY last_position");
        var segments = new List<ArchiveSegment>();
        while (query.Step()) segments.Add(Segment(query));
        return segments;
    }

    public static ArchiveEnd End(SqliteSession session)
    {
        using var query = session.Query("SELECT max(last_position), (SELECT max(last_dated) FROM archives) FROM archives"); // each from its index
        query.Step();
        return new ArchiveEnd(query.Number(0), Id(query.Bytes(1)));
    }

    public static IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)> Stream(SqliteSession session, string streamId)
    {
        using var query = session.Query($"SELECT {Columns}, version, is_closed, hash FROM archived_heads JOIN archives USING (last_position) WHERE stream_id = ?1 ORDER BY version").Bind(1, streamId);
        var parts = new List<(ArchiveSegment, StreamHead)>();
        while (query.Step()) parts.Add((Segment(query), new StreamHead(query.Number(6), query.Number(7) == 1, new LogHash(query.Bytes(8)))));
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

    public static bool Move(SqliteSession session, ArchiveSegment segment, ArchiveRemainder remainder, DateTimeOffset now)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            if (End(session).Position != segment.FirstPosition - 1) return false;
            Remember(session, segment, now);
            using (var heads = session.Query("""
                INSERT INTO archived_heads (stream_id, version, is_closed, hash, last_position, goes_on)
                SELECT stream_id, version, is_closed, hash, ?2, NOT is_kept
                FROM (SELECT *, stream_id IN (SELECT value FROM json_each(?4))
                        OR EXISTS (SELECT 1 FROM archived_heads AS kept WHERE kept.stream_id = ends.stream_id AND NOT kept.goes_on) AS is_kept
                    FROM (SELECT stream_id, max(version) AS version, event_type = ?3 AS is_closed, hash FROM events WHERE position BETWEEN ?1 AND ?2 GROUP BY stream_id) AS ends) AS ends
                WHERE is_kept OR EXISTS (SELECT 1 FROM events AS later WHERE later.stream_id = ends.stream_id AND later.version > ends.version)
                """)) // with max(), SQLite takes the other columns from the row that has it
                heads.Bind(1, segment.FirstPosition).Bind(2, segment.LastPosition).Bind(3, StreamAppend.TombstoneType).Bind(4, JsonSerializer.Serialize(remainder.Streams)).Step();
            using (var ended = session.Query("""
                DELETE FROM archived_heads WHERE goes_on AND stream_id IN (SELECT stream_id FROM events WHERE position BETWEEN ?1 AND ?2)
                AND NOT EXISTS (SELECT 1 FROM events AS later WHERE later.stream_id = archived_heads.stream_id AND later.position > ?2)
                """))
                ended.Bind(1, segment.FirstPosition).Bind(2, segment.LastPosition).Step();
            foreach (var id in remainder.Ids)
            {
                using var remember = session.Query("INSERT INTO archived_ids (id) VALUES (?1)").Bind(1, id);
                remember.Step();
            }

            var (firstTile, lastTile) = Tile.OfLeaves(segment.FirstPosition, segment.LastPosition);
            using (var tiles = session.Query("DELETE FROM tree_tiles WHERE level = 0 AND number BETWEEN ?1 AND ?2"))
                tiles.Bind(1, firstTile).Bind(2, lastTile).Step();
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

    private static ArchiveSegment Segment(SqliteQuery query) => new(query.Number(0), query.Number(1), new LogHash(query.Bytes(2)), query.Text(3))
    {
        Dated = Id(query.Bytes(4)) is { } first && Id(query.Bytes(5)) is { } last ? (first, last) : null,
    };

    private static Guid? Id(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : new Guid(bytes, bigEndian: true);

    private static void Remember(SqliteSession session, ArchiveSegment segment, DateTimeOffset now)
    {
        using var query = session.Query("INSERT INTO archives (last_position, first_position, first_hash, file, archived_at, first_dated, last_dated) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .Bind(1, segment.LastPosition)
            .Bind(2, segment.FirstPosition)
            .Bind(3, segment.FirstHash)
            .Bind(4, segment.File)
            .Bind(5, SqliteTime.ToMicroseconds(now));
        if (segment.Dated is var (first, last)) query.Bind(6, first).Bind(7, last);
        query.Step();
    }
}
