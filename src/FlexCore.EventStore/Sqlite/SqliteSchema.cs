namespace FlexCore.EventStore.Sqlite;

/// <summary>The tables of a store, and the marks in the file by which a store is known.</summary>
internal static class SqliteSchema
{
    /// <summary>The version that this program writes, in the file's <c>user_version</c>.</summary>
    internal const long Version = 1;

    /// <summary>"FLXC" in the file's <c>application_id</c>.</summary>
    internal const long ApplicationId = 0x464C5843;

    // The bytes come last, so that a look at what stands before them does not read the pages that they overflow to.
    // events_first exists for lists of streams, the last two indexes for the filters of the log.
    private static readonly string Create = $"""
        CREATE TABLE events (
            position    INTEGER PRIMARY KEY,
            stream_id   TEXT NOT NULL,
            version     INTEGER NOT NULL,
            id          BLOB NOT NULL,
            type        TEXT NOT NULL,
            recorded_at INTEGER NOT NULL, -- microseconds since 1970-01-01 UTC
            category    TEXT NOT NULL GENERATED ALWAYS AS (substr(stream_id, 1, instr(stream_id, '-') - 1)) VIRTUAL,
            data        BLOB NOT NULL,
            metadata    BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX events_by_stream ON events (stream_id, version);
        CREATE UNIQUE INDEX events_by_id ON events (id);
        CREATE UNIQUE INDEX events_first ON events (stream_id) WHERE version = 1;
        CREATE INDEX events_by_category ON events (category);
        CREATE INDEX events_by_type ON events (type);
        PRAGMA application_id = {ApplicationId};
        PRAGMA user_version = {Version};
        """;

    /// <summary>Makes sure that the file is a store of this version; an empty file becomes one.</summary>
    internal static void Ensure(SqliteSession session)
    {
        var isEmpty = IsEmpty(session);
        if (session.IsReadOnly)
        {
            throw SqliteFailure.CannotOpen(session.Path, "it cannot be written");
        }

        UseWriteAheadLog(session);
        if (!isEmpty)
        {
            return;
        }

        session.Execute("BEGIN EXCLUSIVE");
        // Another process may have been quicker.
        if (IsEmpty(session))
        {
            session.ExecuteScript(Create);
        }

        session.Execute("COMMIT");
    }

    /// <summary>Whether the file is new; refuses a file that is neither new nor a store of this version.</summary>
    private static bool IsEmpty(SqliteSession session)
    {
        // One statement, so that the three numbers are of one moment although another process may be creating the store.
        using var marks = session.Query(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version");
        marks.Step();
        return (marks.Number(0), marks.Number(1), marks.Number(2)) switch
        {
            (ApplicationId, Version, _) => false,
            (ApplicationId, > Version and var newer, _) => throw SqliteFailure.NewerSchema(session.Path, newer, Version),
            (0, 0, 0) => true,
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
