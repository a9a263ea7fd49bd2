namespace FlexCore.EventStore.Sqlite;

/// <summary>The tables of a store, and the marks in the file by which a store is known.</summary>
internal static class SqliteSchema
{
    /// <summary>The version that this program writes, in the file's <c>user_version</c>.</summary>
    internal const long Version = 1;

    /// <summary>"FLXC" in the file's <c>application_id</c>.</summary>
    private const long ApplicationId = 0x464C5843;

    // The bytes come last, so that a filter on what stands before them does not read the pages that they overflow to.
    // events_first exists for lists of streams, the other indexes for the filters of the log.
    private const string Create = """
        CREATE TABLE events (
            position    INTEGER PRIMARY KEY,
            stream_id   TEXT NOT NULL,
            version     INTEGER NOT NULL,
            id          BLOB NOT NULL,
            type        TEXT NOT NULL,
            recorded_at INTEGER NOT NULL, -- microseconds since 1970-01-01 UTC
            data        BLOB NOT NULL,
            metadata    BLOB NOT NULL,
            category    TEXT NOT NULL GENERATED ALWAYS AS (substr(stream_id, 1, instr(stream_id, '-') - 1)) VIRTUAL
        ) STRICT;
        CREATE UNIQUE INDEX events_by_stream ON events (stream_id, version);
        CREATE UNIQUE INDEX events_by_id ON events (id);
        CREATE INDEX events_by_category ON events (category);
        CREATE INDEX events_by_type ON events (type);
        CREATE UNIQUE INDEX events_first ON events (stream_id) WHERE version = 1;
        """;

    /// <summary>Makes sure that the file is a store of this version; an empty file becomes one.</summary>
    internal static void Ensure(SqliteSession session, string path)
    {
        var isEmpty = IsEmpty(session, path);
        if (session.IsReadOnly)
        {
            throw SqliteFailure.CannotOpen(path, "it cannot be written");
        }

        UseWriteAheadLog(session, path);
        if (!isEmpty)
        {
            return;
        }

        session.Execute("BEGIN EXCLUSIVE");
        if (IsEmpty(session, path))
        {
            session.Execute(Create);
            session.Execute($"PRAGMA application_id = {ApplicationId}");
            session.Execute($"PRAGMA user_version = {Version}");
        }

        session.Execute("COMMIT");
    }

    /// <summary>Whether the file is new; refuses a file that is neither new nor a store of this version.</summary>
    private static bool IsEmpty(SqliteSession session, string path)
    {
        // One statement, so that the three numbers are of one moment although another process may be creating the store.
        const string Marks = "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version";
        using var reader = session.Command(Marks).ExecuteReader();
        reader.Read();
        return (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2)) switch
        {
            (ApplicationId, Version, _) => false,
            (0, 0, 0) => true,
            (ApplicationId, > Version and var newer, _) => throw SqliteFailure.NewerSchema(path, newer, Version),
            _ => throw SqliteFailure.NotAStore(path, "it is a database of another application"),
        };
    }

    private static void UseWriteAheadLog(SqliteSession session, string path)
    {
        var mode = (string)session.Command("PRAGMA journal_mode = WAL").ExecuteScalar()!;
        if (!string.Equals(mode, "wal", StringComparison.Ordinal))
        {
            throw SqliteFailure.CannotOpen(path, $"its file system does not support a write-ahead log (SQLite chose '{mode}')");
        }
    }
}
