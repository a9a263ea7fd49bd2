using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;
using FlexCore.EventStore.Merkle;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Postgres;

/// <summary>The tables of what has left the log for files.</summary>
internal static class PostgresArchive
{
    // Whoever appends waits before his statement takes its snapshot, and so sees what has left.
    private const string Lock = $"SELECT pg_advisory_xact_lock({PostgresDatabase.LogLock}); LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE";

    private const string Columns = "first_position, last_position, first_hash, file, first_dated, last_dated";

    public static async ValueTask<ArchiveEnd> EndAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT coalesce(max(last_position), 0), (SELECT last_dated FROM archives WHERE last_dated IS NOT NULL ORDER BY last_dated DESC LIMIT 1) FROM archives";
        using var command = new NpgsqlCommand(Sql, connection);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new ArchiveEnd(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetGuid(1));
    }

    public static async ValueTask<IReadOnlyList<ArchiveSegment>> SegmentsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand($"SELECT {Columns} FROM archives ORDER BY last_position", connection);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var segments = new List<ArchiveSegment>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) segments.Add(Segment(reader));
        return segments;
    }

    public static async ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> StreamAsync(NpgsqlConnection connection, string streamId, CancellationToken cancellationToken)
    {
        const string Sql = $"SELECT {Columns}, version, is_closed, hash FROM archived_heads JOIN archives USING (last_position) WHERE stream_id = $1 ORDER BY version";
        using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = streamId } },
        };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var parts = new List<(ArchiveSegment, StreamHead)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            parts.Add((Segment(reader), new StreamHead(reader.GetInt64(6), reader.GetBoolean(7), new LogHash(reader.GetFieldValue<byte[]>(8)))));
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

    public static async ValueTask<bool> MoveAsync(NpgsqlConnection connection, ArchiveSegment segment, ArchiveRemainder remainder, CancellationToken cancellationToken)
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

        var (firstTile, lastTile) = Tile.OfLeaves(segment.FirstPosition, segment.LastPosition);
        using var move = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("INSERT INTO archives (first_position, last_position, first_hash, file, first_dated, last_dated) VALUES ($1, $2, $3, $4, $5, $6)")
                {
                    Parameters =
                    {
                        new NpgsqlParameter<long> { TypedValue = segment.FirstPosition }, new NpgsqlParameter<long> { TypedValue = segment.LastPosition },
                        new NpgsqlParameter<byte[]> { TypedValue = segment.FirstHash.ToArray() }, new NpgsqlParameter<string> { TypedValue = segment.File },
                        OrNull(segment.Dated?.First), OrNull(segment.Dated?.Last),
                    },
                },
                Over("""
                    INSERT INTO archived_heads (stream_id, version, is_closed, hash, last_position, goes_on)
                    SELECT stream_id, version, event_type = '$tombstone', hash, $2, NOT is_kept
                    FROM (SELECT DISTINCT ON (stream_id) stream_id, version, event_type, hash FROM events WHERE position BETWEEN $1 AND $2 ORDER BY stream_id, version DESC) ends
                    LEFT JOIN unnest($3) kept (name) ON kept.name = stream_id
                    CROSS JOIN LATERAL (SELECT kept.name IS NOT NULL OR EXISTS (SELECT FROM archived_heads h WHERE h.stream_id = ends.stream_id AND NOT h.goes_on) AS is_kept) k
                    WHERE is_kept OR EXISTS (SELECT FROM events later WHERE later.stream_id = ends.stream_id AND later.version > ends.version)
                    """, segment.FirstPosition, segment.LastPosition, new NpgsqlParameter<string[]> { TypedValue = [.. remainder.Streams] }),
                Over("""
                    DELETE FROM archived_heads ended WHERE goes_on AND stream_id IN (SELECT stream_id FROM events WHERE position BETWEEN $1 AND $2)
                        AND NOT EXISTS (SELECT FROM events later WHERE later.stream_id = ended.stream_id AND later.position > $2)
                    """, segment.FirstPosition, segment.LastPosition),
                new NpgsqlBatchCommand("INSERT INTO archived_ids (id) SELECT unnest($1)") { Parameters = { new NpgsqlParameter<Guid[]> { TypedValue = [.. remainder.Ids] } } },
                Over("DELETE FROM tree_tiles WHERE level = 0 AND number BETWEEN $1 AND $2", firstTile, lastTile),
                Over("DELETE FROM events WHERE position BETWEEN $1 AND $2", segment.FirstPosition, segment.LastPosition),
            },
        };
        await move.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;

        static NpgsqlParameter OrNull(Guid? id) => new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };

        static NpgsqlBatchCommand Over(string sql, long first, long last, params NpgsqlParameter[] others)
        {
            var command = new NpgsqlBatchCommand(sql) { Parameters = { new NpgsqlParameter<long> { TypedValue = first }, new NpgsqlParameter<long> { TypedValue = last } } };
            foreach (var other in others) command.Parameters.Add(other);
            return command;
        }
    }

    private static ArchiveSegment Segment(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt64(1), new LogHash(row.GetFieldValue<byte[]>(2)), row.GetString(3))
    {
        Dated = row.IsDBNull(4) ? null : (row.GetGuid(4), row.GetGuid(5)),
    };
}
