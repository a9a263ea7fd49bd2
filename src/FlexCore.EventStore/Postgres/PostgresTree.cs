using FlexCore.EventStore.Merkle;
using Npgsql;

namespace FlexCore.EventStore.Postgres;

/// <summary>The tables of the tree and of the checkpoints. Each statement is a transaction of its own, and can be repeated.</summary>
internal static class PostgresTree
{
    public static async ValueTask<long> SizeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = "SELECT number * 64 + length(hashes) / 32 FROM tree_tiles WHERE level = 0 ORDER BY number DESC LIMIT 1";
        using var command = new NpgsqlCommand(Sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long size ? size : 0;
    }

    public static async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> TilesAsync(NpgsqlConnection connection, IReadOnlyList<TileId> ids, CancellationToken cancellationToken)
    {
        const string Sql = """
            SELECT t.hashes FROM unnest($1::int[], $2::bigint[]) WITH ORDINALITY i (level, number, n)
            LEFT JOIN tree_tiles t ON t.level = i.level AND t.number = i.number ORDER BY i.n
            """;
        using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters = { new NpgsqlParameter<int[]> { TypedValue = [.. ids.Select(id => id.Level)] }, new NpgsqlParameter<long[]> { TypedValue = [.. ids.Select(id => id.Index)] } },
        };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var tiles = new List<ReadOnlyMemory<byte>>(ids.Count);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) tiles.Add(reader.IsDBNull(0) ? default(ReadOnlyMemory<byte>) : reader.GetFieldValue<byte[]>(0));
        return tiles;
    }

    public static async ValueTask<IReadOnlyList<(long Position, LogHash Hash)>> HashesAsync(NpgsqlConnection connection, long afterPosition, int maxCount, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT position, hash FROM events WHERE position > $1 ORDER BY position LIMIT $2", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = afterPosition }, new NpgsqlParameter<int> { TypedValue = maxCount } },
        };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var hashes = new List<(long, LogHash)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) hashes.Add((reader.GetInt64(0), new LogHash(reader.GetFieldValue<byte[]>(1))));
        return hashes;
    }

    public static async ValueTask<bool> WriteAsync(NpgsqlConnection connection, IReadOnlyList<Tile> tiles, CancellationToken cancellationToken)
    {
        const string Sql = """
            INSERT INTO tree_tiles (level, number, hashes) SELECT * FROM unnest($1::int[], $2::bigint[], $3::bytea[]) ORDER BY 1, 2
            ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes WHERE length(excluded.hashes) > length(tree_tiles.hashes)
            """;
        using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<int[]> { TypedValue = [.. tiles.Select(tile => tile.Id.Level)] },
                new NpgsqlParameter<long[]> { TypedValue = [.. tiles.Select(tile => tile.Id.Index)] },
                new NpgsqlParameter<ReadOnlyMemory<byte>[]> { TypedValue = [.. tiles.Select(tile => tile.Hashes)] },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    public static async ValueTask<bool> WriteCheckpointAsync(NpgsqlConnection connection, long size, string note, DateTimeOffset createdAt, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("INSERT INTO checkpoints (size, note, created_at) VALUES ($1, $2, $3) ON CONFLICT (size) DO NOTHING", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = size }, new NpgsqlParameter<string> { TypedValue = note }, new NpgsqlParameter<DateTime> { TypedValue = createdAt.UtcDateTime } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) > 0;
    }

    public static async ValueTask<IReadOnlyList<(long Size, string Note)>> CheckpointsAsync(NpgsqlConnection connection, long afterSize, int maxCount, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT size, note FROM checkpoints WHERE size > $1 ORDER BY size LIMIT $2", connection)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = afterSize }, new NpgsqlParameter<int> { TypedValue = maxCount } },
        };
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var notes = new List<(long, string)>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) notes.Add((reader.GetInt64(0), reader.GetString(1)));
        return notes;
    }

    public static async ValueTask<(long Size, string Note)?> LastCheckpointAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1", connection);
        using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? (reader.GetInt64(0), reader.GetString(1)) : null;
    }
}
