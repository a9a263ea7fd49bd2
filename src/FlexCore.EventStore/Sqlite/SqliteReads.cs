using FlexCore.EventStore.Appending;

namespace FlexCore.EventStore.Sqlite;

/// <summary>The questions that a store answers. Each is one statement, so its answer is of one moment.</summary>
internal static class SqliteReads
{
    private const string SelectEvents = "SELECT position, stream_id, version, id, event_type, event_data, metadata, created_at, hash FROM events ";

    internal static IReadOnlyList<RecordedEvent> Stream(SqliteSession session, string streamId, long fromVersion, int maxCount)
    {
        using var query = session.Query(SelectEvents + "WHERE stream_id = ?1 AND version >= ?2 ORDER BY version LIMIT ?3")
            .Bind(1, streamId)
            .Bind(2, fromVersion)
            .Bind(3, maxCount);
        return Events(query);
    }

    internal static IReadOnlyList<RecordedEvent> StreamBackwards(SqliteSession session, string streamId, long fromVersion, int maxCount)
    {
        using var query = session.Query(SelectEvents + "WHERE stream_id = ?1 AND version <= ?2 ORDER BY version DESC LIMIT ?3")
            .Bind(1, streamId)
            .Bind(2, fromVersion)
            .Bind(3, maxCount);
        return Events(query);
    }

    internal static RecordedEvent? Find(SqliteSession session, Guid id)
    {
        using var query = session.Query(SelectEvents + "WHERE id = ?1").Bind(1, id);
        return query.Step() ? Event(query) : null;
    }

    internal static StreamHead Head(SqliteSession session, string streamId)
    {
        using var query = session.Query("SELECT version, event_type = ?2, hash FROM events WHERE stream_id = ?1 ORDER BY version DESC LIMIT 1")
            .Bind(1, streamId)
            .Bind(2, StreamAppend.TombstoneType);
        return query.Step() ? new StreamHead(query.Number(0), query.Number(1) == 1, new LogHash(query.Bytes(2))) : default;
    }

    internal static long LastPosition(SqliteSession session)
    {
        using var query = session.Query("SELECT max(position) FROM events");
        query.Step();
        return query.Number(0); // 0 for the NULL of an empty log
    }

    internal static IReadOnlyList<RecordedEvent> Log(SqliteSession session, long afterPosition, int maxCount, LogFilter filter)
    {
        // Only the conditions that are asked for: with "or ?3 is null" SQLite would use no index.
        const string ByCategory = "AND category = ?3 ";
        const string ByType = "AND event_type = ?4 ";
        using var query = session.Query(
            $"{SelectEvents}WHERE position > ?1 {(filter.Category is null ? "" : ByCategory)}{(filter.Type is null ? "" : ByType)}ORDER BY position LIMIT ?2");
        query.Bind(1, afterPosition).Bind(2, maxCount);
        if (filter.Category is not null)
        {
            query.Bind(3, filter.Category);
        }

        if (filter.Type is not null)
        {
            query.Bind(4, filter.Type);
        }

        return Events(query);
    }

    internal static IReadOnlyList<string> Streams(SqliteSession session, string category, string? before, int maxCount) =>
        Streams(session, "SELECT max(stream_id) AS before FROM events WHERE stream_id > ?1 AND stream_id < name UNION ALL SELECT max(stream_id) FROM archived_heads WHERE stream_id > ?1 AND stream_id < name", category, before, maxCount);

    /// <summary>Those of which the table has events.</summary>
    internal static IReadOnlyList<string> StreamsInEvents(SqliteSession session, string category, string? before, int maxCount) =>
        Streams(session, "SELECT max(stream_id) AS before FROM events WHERE stream_id > ?1 AND stream_id < name", category, before, maxCount);

    private static List<string> Streams(SqliteSession session, string oneBefore, string category, string? before, int maxCount)
    {
        // The streams of a category lie between "category-" and "category.", as '.' is the character after '-'.
        // One look into the index for each stream, however many versions lie between two of them.
        var sql = $"""
            WITH RECURSIVE streams (name) AS (SELECT min(?2, ?3) UNION ALL SELECT (SELECT max(before) FROM ({oneBefore})) FROM streams WHERE name IS NOT NULL)
            SELECT name FROM streams WHERE name IS NOT NULL LIMIT ?4 OFFSET 1
            """;
        var end = category + ".";
        using var query = session.Query(sql).Bind(1, category + "-").Bind(2, end).Bind(3, before ?? end).Bind(4, maxCount);
        var ids = new List<string>();
        while (query.Step())
        {
            ids.Add(query.Text(0));
        }

        return ids;
    }

    internal static List<RecordedEvent> Events(SqliteQuery query)
    {
        var events = new List<RecordedEvent>();
        while (query.Step())
        {
            events.Add(Event(query));
        }

        return events;
    }

    private static RecordedEvent Event(SqliteQuery query) => new(
        query.Number(0),
        query.Text(1),
        query.Number(2),
        new Guid(query.Bytes(3), bigEndian: true),
        query.Text(4),
        query.Bytes(5).ToArray(),
        query.Bytes(6).ToArray(),
        SqliteTime.FromMicroseconds(query.Number(7)),
        new LogHash(query.Bytes(8)));
}
