namespace FlexCore.EventStore.Sqlite;

/// <summary>The table of snapshots. Each statement is a transaction of its own.</summary>
internal static class SqliteSnapshots
{
    public static Snapshot? Find(SqliteSession session, string streamId)
    {
        using var query = session.Query("SELECT version, shape, state FROM snapshots WHERE stream_id = ?1").Bind(1, streamId);
        return query.Step() ? new Snapshot(streamId, query.Number(0), query.Text(1), query.Bytes(2).ToArray()) : null;
    }

    public static bool Save(SqliteSession session, Snapshot snapshot)
    {
        using var query = session.Query(
            "INSERT INTO snapshots (stream_id, version, shape, state, created_at) VALUES (?1, ?2, ?3, ?4, strftime('%s', 'now') * 1000000) "
            + "ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, shape = excluded.shape, state = excluded.state, created_at = excluded.created_at "
            + "WHERE excluded.version > snapshots.version OR excluded.shape <> snapshots.shape")
            .Bind(1, snapshot.StreamId)
            .Bind(2, snapshot.Version)
            .Bind(3, snapshot.Shape)
            .Bind(4, snapshot.State.Span);
        return query.Step();
    }

    public static bool Remove(SqliteSession session, Snapshot snapshot)
    {
        using var query = session.Query("DELETE FROM snapshots WHERE stream_id = ?1 AND version = ?2 AND shape = ?3")
            .Bind(1, snapshot.StreamId)
            .Bind(2, snapshot.Version)
            .Bind(3, snapshot.Shape);
        return query.Step();
    }

    /// <summary>Their bytes are overwritten, in the write-ahead log too unless somebody is reading just then.</summary>
    public static bool RemoveAll(SqliteSession session)
    {
        session.Execute("DELETE FROM snapshots");
        using var truncate = session.Query("PRAGMA wal_checkpoint(TRUNCATE)");
        return truncate.Step();
    }
}
