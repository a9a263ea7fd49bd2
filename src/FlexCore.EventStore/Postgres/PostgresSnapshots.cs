using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>The table of snapshots. Each statement is a transaction of its own, and can be repeated.</summary>
internal static class PostgresSnapshots
{
    public static async ValueTask<Snapshot?> FindAsync(NpgsqlConnection connection, string streamId, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT version, shape, state FROM snapshots WHERE stream_id = $1", connection) { Parameters = { Text(streamId) } };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? new Snapshot(streamId, reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2))
            : null;
    }

    public static async ValueTask<int> SaveAsync(NpgsqlConnection connection, Snapshot snapshot, CancellationToken cancellationToken)
    {
        const string Sql =
            "INSERT INTO snapshots (stream_id, version, shape, state, created_at) VALUES ($1, $2, $3, $4, now()) "
            + "ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, shape = excluded.shape, state = excluded.state, created_at = excluded.created_at "
            + "WHERE excluded.version > snapshots.version OR excluded.shape <> snapshots.shape";
        using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { Text(snapshot.StreamId), Number(snapshot.Version), Text(snapshot.Shape), new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = snapshot.State } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask<int> RemoveAsync(NpgsqlConnection connection, Snapshot snapshot, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("DELETE FROM snapshots WHERE stream_id = $1 AND version = $2 AND shape = $3", connection)
        {
            Parameters = { Text(snapshot.StreamId), Number(snapshot.Version), Text(snapshot.Shape) },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>With the file that they are in.</summary>
    public static async ValueTask<int> RemoveAllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("TRUNCATE snapshots", connection);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };
}
