using FlexCore.EventStore.Merkle;
using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore.Archives;

/// <summary>The file of one segment: the events as they lay in the store, in the same order, found by the same questions, and their leaves of the tree.</summary>
internal static class ArchiveFile
{
    // "FLXA". The file is whole or empty: all is written in one transaction.
    private const string Schema = """
        PRAGMA application_id = 0x464C5841;
        CREATE TABLE events (
            position   INTEGER PRIMARY KEY,
            stream_id  TEXT NOT NULL,
            version    INTEGER NOT NULL,
            id         BLOB NOT NULL,
            event_type TEXT NOT NULL,
            created_at INTEGER NOT NULL, -- microseconds since 1970-01-01 UTC
            category   TEXT NOT NULL GENERATED ALWAYS AS (substr(stream_id, 1, instr(stream_id, '-') - 1)) VIRTUAL,
            hash       BLOB NOT NULL,
            event_data BLOB NOT NULL,
            metadata   BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX events_by_stream ON events (stream_id, version);
        CREATE UNIQUE INDEX events_by_id ON events (id);
        CREATE INDEX events_by_category ON events (category);
        CREATE TABLE tree_tiles ( -- of level 0, as far as all their leaves are events of this file
            level  INTEGER NOT NULL,
            number INTEGER NOT NULL,
            hashes BLOB NOT NULL,
            PRIMARY KEY (level, number)
        ) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Writes a new file, for its owner alone. When it returns, all is on the disk; when it throws, nothing is left.</summary>
    /// <returns>The hash of the first event.</returns>
    public static async ValueTask<LogHash> WriteAsync(string path, IAsyncEnumerable<RecordedEvent> events, IReadOnlyList<Tile> tiles)
    {
        var ownFile = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        new FileStream(path, ownFile).Dispose();
        try
        {
            using var session = SqliteSession.Open(path, create: false);
            session.Execute("BEGIN IMMEDIATE");
            session.ExecuteScript(Schema);
            LogHash? first = null;
            await foreach (var item in events.ConfigureAwait(false))
            {
                first ??= item.Hash;
                var data = new EventData(item.Id, item.Type, item.Data, item.Metadata);
                if (!SqliteLogWriter.TryInsert(session, item.Position, item.StreamId, item.Version, data, item.RecordedAt, item.Hash))
                    throw new InvalidDataException($"The event at position {item.Position} has the id, or the stream and version, of another event: somebody has changed the database.");
            }

            foreach (var tile in tiles) SqliteTree.Insert(session, tile);
            session.Execute("COMMIT");
            return first!.Value;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Asks a file.</summary>
    /// <exception cref="EventStoreUnavailableException">It is not there, or is no such file.</exception>
    public static T Read<T>(string path, Func<SqliteSession, T> read)
    {
        if (!File.Exists(path))
        {
            throw new EventStoreUnavailableException(
                EventStoreUnavailableException.Archived,
                $"What was asked for lies in the archive, and its file '{path}' is not there. Put it back, or name the folder that it is in.");
        }

        using var session = SqliteSession.Open(path, create: false);
        return read(session);
    }
}
