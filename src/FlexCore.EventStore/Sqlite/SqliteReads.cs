using Microsoft.Data.Sqlite;

namespace FlexCore.EventStore.Sqlite;

/// <summary>The questions that a store answers. Each is one statement, so its answer is of one moment.</summary>
internal static class SqliteReads
{
    private const string SelectEvents = "SELECT position, stream_id, version, id, type, data, metadata, recorded_at FROM events ";

    internal static IReadOnlyList<RecordedEvent> Stream(SqliteSession session, string streamId, long fromVersion, int maxCount) =>
        Events(session.Command(
            SelectEvents + "WHERE stream_id = $stream_id AND version >= $version ORDER BY version LIMIT $count",
            ("$stream_id", streamId),
            ("$version", fromVersion),
            ("$count", maxCount)));

    internal static RecordedEvent? Last(SqliteSession session, string streamId) =>
        Events(session.Command(
            SelectEvents + "WHERE stream_id = $stream_id ORDER BY version DESC LIMIT 1",
            ("$stream_id", streamId))) is [var last] ? last : null;

    internal static IReadOnlyList<RecordedEvent> Log(SqliteSession session, long afterPosition, int maxCount, LogFilter filter)
    {
        // Only the conditions that are asked for: with "or $type is null" SQLite would use no index.
        var sql = SelectEvents
            + "WHERE position > $position"
            + (filter.Category is null ? "" : " AND category = $category")
            + (filter.Type is null ? "" : " AND type = $type")
            + " ORDER BY position LIMIT $count";
        List<(string Name, object Value)> parameters = [("$position", afterPosition), ("$count", maxCount)];
        if (filter.Category is { } category)
        {
            parameters.Add(("$category", category));
        }

        if (filter.Type is { } type)
        {
            parameters.Add(("$type", type));
        }

        return Events(session.Command(sql, [.. parameters]));
    }

    internal static IReadOnlyList<string> Streams(SqliteSession session, string category, string? before, int maxCount)
    {
        // The streams of a category lie between "category-" and "category.", as '.' is the character after '-'.
        // Every stream has one first version; without the index's name SQLite would walk over all versions.
        const string Sql = """
            SELECT stream_id FROM events INDEXED BY events_first
            WHERE version = 1 AND stream_id > $category || '-' AND stream_id < min(coalesce($before, $category || '.'), $category || '.')
            ORDER BY stream_id DESC LIMIT $count
            """;
        using var reader = session.Command(
            Sql, ("$category", category), ("$before", (object?)before ?? DBNull.Value), ("$count", maxCount)).ExecuteReader();
        var ids = new List<string>();
        while (reader.Read())
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }

    private static List<RecordedEvent> Events(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var events = new List<RecordedEvent>();
        while (reader.Read())
        {
            events.Add(new RecordedEvent(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetInt64(2),
                new Guid(reader.GetFieldValue<byte[]>(3), bigEndian: true),
                reader.GetString(4),
                reader.GetFieldValue<byte[]>(5),
                reader.GetFieldValue<byte[]>(6),
                DateTimeOffset.UnixEpoch.AddMicroseconds(reader.GetInt64(7))));
        }

        return events;
    }
}
