using FlexCore.EventStore.Appending;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>The tables of what has left the log for files.</summary>
internal static class PostgresArchive
{
    // Whoever appends waits before his statement takes its snapshot, and so sees what has left.
    private const string Lock = $"SELECT pg_advisory_xact_lock({PostgresDatabase.LogLock}); LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE";

    public static async ValueTask<IReadOnlyList<ArchiveSegment>> SegmentsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT first_position, last_position, first_hash, file FROM archives ORDER BY last_position", connection);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var segments = new List<ArchiveSegment>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) segments.Add(Segment(reader));
        return segments;
    }

    public static async ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> StreamAsync(NpgsqlConnection connection, string streamId, CancellationToken cancellationToken)
    {
        const string Sql = """
            SELECT first_position, last_position, first_hash, file, version, is_closed, hash FROM archived_heads JOIN archives USING (last_position) WHERE stream_id = $1 ORDER BY version
            """;
        using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = streamId } },
        };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var parts = new List<(ArchiveSegment, StreamHead)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            parts.Add((Segment(reader), new StreamHead(reader.GetInt64(4), reader.GetBoolean(5), new LogHash(reader.GetFieldValue<byte[]>(6)))));
        return parts;
    }

    /// <summary>Those of the ids that have left.</summary>
    public static async ValueTask<IReadOnlyList<Guid>> IdsAsync(NpgsqlConnection connection, Guid[] ids, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT id FROM archived_ids WHERE id = ANY ($1)", connection) { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = ids } } };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) found.Add(reader.GetGuid(0));
        return found;
    }

    public static async ValueTask<bool> MoveAsync(NpgsqlConnection connection, ArchiveSegment segment, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        await PostgresDatabase.ExecuteAsync(connection, Lock, cancellationToken).ConfigureAwait(false);
        switch (await SegmentsAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            // It was committed though the answer was lost.
            case [.., var newest] when newest == segment: return true;
            case [.., var newest] when newest.LastPosition != segment.FirstPosition - 1: return false;
            case [] when segment.FirstPosition != 1: return false;
        }

        using var move = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("INSERT INTO archives (first_position, last_position, first_hash, file) VALUES ($1, $2, $3, $4)")
                {
                    Parameters =
                    {
                        new NpgsqlParameter<long> { TypedValue = segment.FirstPosition }, new NpgsqlParameter<long> { TypedValue = segment.LastPosition },
                        new NpgsqlParameter<byte[]> { TypedValue = segment.FirstHash.ToArray() }, new NpgsqlParameter<string> { TypedValue = segment.File },
                    },
                },
                Over("""
                    INSERT INTO archived_heads (stream_id, version, is_closed, hash, last_position)
                    SELECT DISTINCT ON (stream_id) stream_id, version, event_type = '$tombstone', hash, $2 FROM events WHERE position BETWEEN $1 AND $2 ORDER BY stream_id, version DESC
                    """),
                Over("INSERT INTO archived_ids (id) SELECT id FROM events WHERE position BETWEEN $1 AND $2"),
                Over("DELETE FROM events WHERE position BETWEEN $1 AND $2"),
            },
        };
        await move.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;

        NpgsqlBatchCommand Over(string sql) => new(sql)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = segment.FirstPosition }, new NpgsqlParameter<long> { TypedValue = segment.LastPosition } },
        };
    }

    private static ArchiveSegment Segment(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt64(1), new LogHash(row.GetFieldValue<byte[]>(2)), row.GetString(3));
}
