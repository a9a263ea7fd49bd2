using FlexCore.EventStore.Appending;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>The questions that a store answers. Each is one statement, so its answer is of one moment.</summary>
internal static class PostgresReads
{
    private const string SelectEvents = "SELECT position, version, id, created_at, stream_id, event_type, event_data, metadata, hash FROM events ";

    // As a range of the categories' index: the planner, who does not know how few events a category may have, would find an equality on the way through the whole log.
    private const string OfCategory = "(split_part(stream_id, '-', 1), position) > ($3, $1) AND (split_part(stream_id, '-', 1), position) <= ($3, 9223372036854775807)";

    internal static ValueTask<IReadOnlyList<RecordedEvent>> StreamAsync(NpgsqlConnection connection, string streamId, long fromVersion, int maxCount, CancellationToken cancellationToken) =>
        EventsAsync(connection, SelectEvents + "WHERE stream_id = $1 AND version >= $2 ORDER BY version LIMIT $3", cancellationToken, Text(streamId), Number(fromVersion), Number(maxCount));

    internal static ValueTask<IReadOnlyList<RecordedEvent>> StreamsAsync(NpgsqlConnection connection, IReadOnlyList<string> streamIds, CancellationToken cancellationToken) =>
        EventsAsync(
            connection, SelectEvents + "WHERE stream_id = ANY ($1) ORDER BY stream_id, version", cancellationToken, new NpgsqlParameter<string[]> { TypedValue = [.. streamIds] });

    internal static ValueTask<IReadOnlyList<RecordedEvent>> StreamBackwardsAsync(NpgsqlConnection connection, string streamId, long fromVersion, int maxCount, CancellationToken cancellationToken) =>
        EventsAsync(connection, SelectEvents + "WHERE stream_id = $1 AND version <= $2 ORDER BY version DESC LIMIT $3", cancellationToken, Text(streamId), Number(fromVersion), Number(maxCount));

    internal static ValueTask<IReadOnlyList<RecordedEvent>> LogAsync(NpgsqlConnection connection, long afterPosition, int maxCount, LogFilter filter, CancellationToken cancellationToken) =>
        (filter.Category, filter.Type) switch
        {
            (null, null) => EventsAsync(connection, SelectEvents + "WHERE position > $1 ORDER BY position LIMIT $2", cancellationToken, Number(afterPosition), Number(maxCount)),
            ({ } category, null) => EventsAsync(
                connection,
                SelectEvents + $"WHERE {OfCategory} ORDER BY split_part(stream_id, '-', 1), position LIMIT $2",
                cancellationToken, Number(afterPosition), Number(maxCount), Text(category)),
            (null, { } type) => EventsAsync(
                connection,
                SelectEvents + "WHERE position > $1 AND event_type = $3 ORDER BY position LIMIT $2",
                cancellationToken, Number(afterPosition), Number(maxCount), Text(type)),
            ({ } category, { } type) => EventsAsync(
                connection,
                SelectEvents + $"WHERE {OfCategory} AND event_type = $4 ORDER BY split_part(stream_id, '-', 1), position LIMIT $2",
                cancellationToken, Number(afterPosition), Number(maxCount), Text(category), Text(type)),
        };

    internal static async ValueTask<Dictionary<Guid, RecordedEvent>> FindAsync(NpgsqlConnection connection, Guid[] ids, CancellationToken cancellationToken)
    {
        var found = await EventsAsync(connection, SelectEvents + "WHERE id = ANY ($1)", cancellationToken, new NpgsqlParameter<Guid[]> { TypedValue = ids }).ConfigureAwait(false);
        return found.ToDictionary(recorded => recorded.Id);
    }

    internal static async ValueTask<StreamHead[]> HeadsAsync(NpgsqlConnection connection, IReadOnlyList<string> streamIds, CancellationToken cancellationToken)
    {
        const string Sql = """
            SELECT coalesce(e.version, h.version), coalesce(e.event_type = '$tombstone', h.is_closed), coalesce(e.hash, h.hash)
            FROM unnest($1::text[]) WITH ORDINALITY s (stream_id, n)
            LEFT JOIN LATERAL (SELECT version, event_type, hash FROM events WHERE events.stream_id = s.stream_id ORDER BY version DESC LIMIT 1) e ON true
            LEFT JOIN LATERAL (SELECT version, is_closed, hash FROM archived_heads WHERE e.version IS NULL AND archived_heads.stream_id = s.stream_id ORDER BY version DESC LIMIT 1) h ON true
            ORDER BY s.n
            """;
        using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. streamIds] } } };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var heads = new List<StreamHead>(streamIds.Count);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            heads.Add(reader.IsDBNull(0) ? default : new StreamHead(reader.GetInt64(0), reader.GetBoolean(1), new LogHash(reader.GetFieldValue<byte[]>(2))));
        return [.. heads];
    }

    internal static async ValueTask<long> LastPositionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT coalesce(max(position), 0) FROM events", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    internal static async ValueTask<IReadOnlyList<string>> StreamsAsync(
        NpgsqlConnection connection, string category, string? before, int maxCount, CancellationToken cancellationToken)
    {
        // The streams of a category lie between "category-" and "category.", as '.' is the character after '-'.
        // One look into the index for each stream, however many versions lie between two of them.
        const string Sql = """
            WITH RECURSIVE streams (name) AS (
                SELECT least($2, $3) COLLATE "C"
                UNION ALL SELECT greatest(
                    (SELECT max(stream_id) FROM events WHERE stream_id > $1 AND stream_id < name),
                    (SELECT max(stream_id) FROM archived_heads WHERE stream_id > $1 AND stream_id < name)) FROM streams WHERE name IS NOT NULL)
            SELECT name FROM streams WHERE name IS NOT NULL LIMIT $4 OFFSET 1
            """;
        var end = category + ".";
        using var command = new NpgsqlCommand(Sql, connection) { Parameters = { Text(category + "-"), Text(end), Text(before ?? end), Number(maxCount) } };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var ids = new List<string>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) ids.Add(reader.GetString(0));
        return ids;
    }

    private static async ValueTask<IReadOnlyList<RecordedEvent>> EventsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var events = new List<RecordedEvent>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) events.Add(Event(reader));
        return events;
    }

    private static RecordedEvent Event(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(4),
        row.GetInt64(1),
        row.GetGuid(2),
        row.GetString(5),
        row.GetFieldValue<byte[]>(6),
        row.GetFieldValue<byte[]>(7),
        new DateTimeOffset(row.GetDateTime(3)),
        new LogHash(row.GetFieldValue<byte[]>(8)));

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };
}
