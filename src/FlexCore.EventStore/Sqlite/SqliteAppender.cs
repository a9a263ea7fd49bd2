using System.Runtime.InteropServices;

namespace FlexCore.EventStore.Sqlite;

/// <summary>The one writer of a store object: an append is one transaction.</summary>
internal sealed class SqliteAppender(SqliteSession session, TimeProvider timeProvider) : IDisposable
{
    internal AppendResult Append(IReadOnlyList<StreamAppend> appends)
    {
        // From here on nobody else writes: what is read below stays true until the commit, and positions follow the order of commits.
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            // A repetition is recognised before the versions are looked at, which it has itself made move on.
            var result = FindFirstAnswer(appends) ?? Insert(appends);
            session.Execute("COMMIT");
            return result;
        }
        finally
        {
            // After some failures, a full disk among them, SQLite has rolled back already.
            if (session.InTransaction)
            {
                session.Execute("ROLLBACK");
            }
        }
    }

    public void Dispose() => session.Dispose();

    /// <summary>The answer that these appends got before, or null when none of their events is in the store.</summary>
    private AppendResult? FindFirstAnswer(IReadOnlyList<StreamAppend> appends)
    {
        var versions = new long[appends.Count];
        var lastPosition = 0L;
        Guid? known = null;
        Guid? unknown = null;
        for (var i = 0; i < appends.Count; i++)
        {
            foreach (var item in appends[i].Events)
            {
                if (Find(item, appends[i].StreamId) is var (position, version))
                {
                    known = item.Id;
                    lastPosition = Math.Max(lastPosition, position);
                    versions[i] = Math.Max(versions[i], version);
                }
                else
                {
                    unknown = item.Id;
                }
            }
        }

        return (known, unknown) switch
        {
            (null, _) => null,
            (_, null) => new AppendResult(lastPosition, versions),
            var (old, _) => throw new DuplicateEventException(
                old.Value, $"The event {old} is in the store already, but the event {unknown} of the same append is not. Nothing was appended."),
        };
    }

    private (long Position, long Version)? Find(EventData item, string streamId)
    {
        const string ById = "SELECT position, version, stream_id = $stream_id AND type = $type AND data = $data AND metadata = $metadata FROM events WHERE id = $id";
        using var reader = session.Command(
            ById,
            ("$stream_id", streamId),
            ("$type", item.Type),
            ("$data", Bytes(item.Data)),
            ("$metadata", Bytes(item.Metadata)),
            ("$id", Bytes(item.Id))).ExecuteReader();
        if (!reader.Read())
        {
            return null;
        }

        return reader.GetBoolean(2)
            ? (reader.GetInt64(0), reader.GetInt64(1))
            : throw new DuplicateEventException(
                item.Id, $"The event {item.Id} is in the store already, with another stream, type or content. Nothing was appended.");
    }

    private AppendResult Insert(IReadOnlyList<StreamAppend> appends)
    {
        var recordedAt = (timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var position = session.Number("SELECT ifnull(max(position), 0) FROM events");
        var versions = new long[appends.Count];
        for (var i = 0; i < appends.Count; i++)
        {
            var (streamId, expected, events) = appends[i];
            var version = session.Number("SELECT ifnull(max(version), 0) FROM events WHERE stream_id = $stream_id", ("$stream_id", streamId));
            if (!expected.Accepts(version))
            {
                throw new StreamVersionConflictException(streamId, expected, version);
            }

            foreach (var item in events)
            {
                session.Execute(
                    """
                    INSERT INTO events (position, stream_id, version, id, type, recorded_at, data, metadata)
                    VALUES ($position, $stream_id, $version, $id, $type, $recorded_at, $data, $metadata)
                    """,
                    ("$position", ++position),
                    ("$stream_id", streamId),
                    ("$version", ++version),
                    ("$id", Bytes(item.Id)),
                    ("$type", item.Type),
                    ("$recorded_at", recordedAt),
                    ("$data", Bytes(item.Data)),
                    ("$metadata", Bytes(item.Metadata)));
            }

            versions[i] = version;
        }

        return new AppendResult(position, versions);
    }

    // Big-endian: then ids that grow with time (UUIDv7) also grow in the index.
    private static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

    private static byte[] Bytes(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Array!.Length == segment.Count ? segment.Array : bytes.ToArray();
}
