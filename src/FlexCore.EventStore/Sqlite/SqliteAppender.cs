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
        using var query = session.Query(
            "SELECT position, version, stream_id = ?2 AND type = ?3 AND data = ?4 AND metadata = ?5 FROM events WHERE id = ?1")
            .Bind(1, Bytes(item.Id))
            .Bind(2, streamId)
            .Bind(3, item.Type)
            .Bind(4, item.Data.Span)
            .Bind(5, item.Metadata.Span);
        if (!query.Step())
        {
            return null;
        }

        return query.Number(2) == 1
            ? (query.Number(0), query.Number(1))
            : throw new DuplicateEventException(
                item.Id, $"The event {item.Id} is in the store already, with another stream, type or content. Nothing was appended.");
    }

    private AppendResult Insert(IReadOnlyList<StreamAppend> appends)
    {
        var recordedAt = (timeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var position = LastPosition();
        var versions = new long[appends.Count];
        for (var i = 0; i < appends.Count; i++)
        {
            var (streamId, expected, events) = appends[i];
            var version = StreamVersion(streamId);
            if (!expected.Accepts(version))
            {
                throw new StreamVersionConflictException(streamId, expected, version);
            }

            foreach (var item in events)
            {
                Insert(item, ++position, streamId, ++version, recordedAt);
            }

            versions[i] = version;
        }

        return new AppendResult(position, versions);
    }

    private void Insert(EventData item, long position, string streamId, long version, long recordedAt)
    {
        using var query = session.Query(
            "INSERT INTO events (position, stream_id, version, id, type, recorded_at, data, metadata) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .Bind(1, position)
            .Bind(2, streamId)
            .Bind(3, version)
            .Bind(4, Bytes(item.Id))
            .Bind(5, item.Type)
            .Bind(6, recordedAt)
            .Bind(7, item.Data.Span)
            .Bind(8, item.Metadata.Span);
        query.Step();
    }

    private long LastPosition()
    {
        using var query = session.Query("SELECT max(position) FROM events");
        query.Step();
        return query.Number(0); // 0 for the NULL of an empty log
    }

    private long StreamVersion(string streamId)
    {
        using var query = session.Query("SELECT max(version) FROM events WHERE stream_id = ?1").Bind(1, streamId);
        query.Step();
        return query.Number(0); // 0 for the NULL of a stream without events
    }

    // Big-endian: then ids that grow with time (UUIDv7) also grow in the index.
    private static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);
}
