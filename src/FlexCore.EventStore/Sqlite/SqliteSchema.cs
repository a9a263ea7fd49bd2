namespace FlexCore.EventStore.Sqlite;

/// <summary>The schema of a store, and the marks in the file by which a store is known.</summary>
internal static class SqliteSchema
{
    /// <summary>"FLXC" in the file's <c>application_id</c>; the version of the schema is in its <c>user_version</c>.</summary>
    internal const long ApplicationId = 0x464C5843;

    private static readonly Lazy<IReadOnlyList<Migration>> Migrations = new(() => Migration.All("Sqlite"));

    /// <summary>Makes sure that the file is a store of the version that this program knows; an empty file becomes one, an older store is migrated.</summary>
    /// <returns>What was applied, by name.</returns>
    internal static IReadOnlyList<string> Ensure(SqliteSession session)
    {
        var version = ReadVersion(session);
        if (session.IsReadOnly) throw SqliteFailure.CannotOpen(session.Path, "it cannot be written");
        UseWriteAheadLog(session);
        if (version == Migrations.Value.Count) return [];
        session.Execute("BEGIN EXCLUSIVE");
        try
        {
            // Another process may have been quicker.
            var pending = Migrations.Value.Skip(ReadVersion(session)).ToList();
            foreach (var migration in pending) session.ExecuteScript(migration.Sql);
            if (pending.Any(migration => migration.Name == "hashes")) SqliteHashes.Fill(session);
            session.ExecuteScript($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Migrations.Value.Count}");
            session.Execute("COMMIT");
            return [.. pending.Select(migration => migration.Name)];
        }
        finally
        {
            if (session.InTransaction) session.Execute("ROLLBACK");
        }
    }

    /// <summary>Where the schema of a file stands.</summary>
    internal static SchemaStatus GetStatus(SqliteSession session)
    {
        var version = ReadVersion(session);
        return Status(session.Path, version, version == 0 ? 0 : SqliteReads.LastPosition(session));
    }

    /// <summary>The status of a file that is not there yet.</summary>
    internal static SchemaStatus GetStatusOfNothing(string path) => Status(path, version: 0, lastPosition: 0);

    private static SchemaStatus Status(string path, int version, long lastPosition) =>
        new(path, version, Migrations.Value.Count, [.. Migrations.Value.Skip(version).Select(migration => migration.Name)], lastPosition);

    /// <summary>The version of the schema, 0 for a new file; refuses a file that is neither new nor a store that this program knows.</summary>
    private static int ReadVersion(SqliteSession session)
    {
        // One statement, so that the three numbers are of one moment although another process may be creating the store.
        using var marks = session.Query(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version");
        marks.Step();
        var known = Migrations.Value.Count;
        return (marks.Number(0), marks.Number(1), marks.Number(2)) switch
        {
            (ApplicationId, > 0 and var version, _) when version <= known => (int)version,
            (ApplicationId, var newer, _) when newer > known => throw SqliteFailure.NewerSchema(session.Path, newer, known),
            (0, 0, 0) => 0,
            _ => throw SqliteFailure.NotAStore(session.Path, "it is a database of another application"),
        };
    }

    private static void UseWriteAheadLog(SqliteSession session)
    {
        using var query = session.Query("PRAGMA journal_mode = WAL");
        query.Step();
        var mode = query.Text(0);
        if (!string.Equals(mode, "wal", StringComparison.Ordinal))
        {
            throw SqliteFailure.CannotOpen(session.Path, $"its file system does not support a write-ahead log (SQLite chose '{mode}')");
        }
    }
}
