using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.Sqlite;

/// <summary>The tables of the tree and of the checkpoints.</summary>
internal static class SqliteTree
{
    public static long Size(SqliteSession session)
    {
        using var query = session.Query("SELECT number, length(hashes) FROM tree_tiles WHERE level = 0 ORDER BY number DESC LIMIT 1");
        return query.Step() ? (query.Number(0) * Tile.Width) + (query.Number(1) / LogHash.Size) : 0;
    }

    public static IReadOnlyList<ReadOnlyMemory<byte>> Tiles(SqliteSession session, IReadOnlyList<TileId> ids)
    {
        var tiles = new List<ReadOnlyMemory<byte>>(ids.Count);
        foreach (var (level, number) in ids)
        {
            using var query = session.Query("SELECT hashes FROM tree_tiles WHERE level = ?1 AND number = ?2").Bind(1, level).Bind(2, number);
            tiles.Add(query.Step() ? query.Bytes(0).ToArray() : default(ReadOnlyMemory<byte>));
        }

        return tiles;
    }

    /// <summary>Whether a file keeps tiles: those of the first versions do not.</summary>
    public static bool HasTiles(SqliteSession session)
    {
        using var query = session.Query("SELECT 1 FROM sqlite_schema WHERE name = 'tree_tiles'");
        return query.Step();
    }

    public static IReadOnlyList<(long Position, LogHash Hash)> Hashes(SqliteSession session, long afterPosition, int maxCount)
    {
        using var query = session.Query("SELECT position, hash FROM events WHERE position > ?1 ORDER BY position LIMIT ?2").Bind(1, afterPosition).Bind(2, maxCount);
        var hashes = new List<(long, LogHash)>();
        while (query.Step()) hashes.Add((query.Number(0), new LogHash(query.Bytes(1))));
        return hashes;
    }

    /// <summary>Keeps a tile, unless a larger one is there.</summary>
    public static void Insert(SqliteSession session, Tile tile)
    {
        const string Sql = """
            INSERT INTO tree_tiles (level, number, hashes) VALUES (?1, ?2, ?3)
            ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes WHERE length(excluded.hashes) > length(tree_tiles.hashes)
            """;
        using var query = session.Query(Sql).Bind(1, tile.Id.Level).Bind(2, tile.Id.Index).Bind(3, tile.Hashes.Span);
        query.Step();
    }

    public static bool Write(SqliteSession session, IReadOnlyList<Tile> tiles)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            foreach (var tile in tiles) Insert(session, tile);
            session.Execute("COMMIT");
            return true;
        }
        finally
        {
            if (session.InTransaction) session.Execute("ROLLBACK");
        }
    }

    public static bool WriteCheckpoint(SqliteSession session, long size, string note, DateTimeOffset createdAt)
    {
        using var query = session.Query("INSERT INTO checkpoints (size, note, created_at) VALUES (?1, ?2, ?3) ON CONFLICT (size) DO NOTHING")
            .Bind(1, size)
            .Bind(2, note)
            .Bind(3, SqliteTime.ToMicroseconds(createdAt));
        return query.Step();
    }

    public static IReadOnlyList<(long Size, string Note)> Checkpoints(SqliteSession session, long afterSize, int maxCount)
    {
        using var query = session.Query("SELECT size, note FROM checkpoints WHERE size > ?1 ORDER BY size LIMIT ?2").Bind(1, afterSize).Bind(2, maxCount);
        var notes = new List<(long, string)>();
        while (query.Step()) notes.Add((query.Number(0), query.Text(1)));
        return notes;
    }

    public static (long Size, string Note)? LastCheckpoint(SqliteSession session)
    {
        using var query = session.Query("SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1");
        return query.Step() ? (query.Number(0), query.Text(1)) : null;
    }
}
