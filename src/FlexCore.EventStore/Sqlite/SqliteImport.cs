namespace FlexCore.EventStore.Sqlite;

/// <summary>Writes events with the places that they have.</summary>
internal static class SqliteImport
{
    public static void Write(SqliteSession session, IReadOnlyList<RecordedEvent> events)
    {
        session.Execute("BEGIN IMMEDIATE");
        try
        {
            var last = SqliteReads.LastPosition(session);
            if (last != events[0].Position - 1) throw new LogMismatchException(events[0].Position, $"The store has got an event at position {last} meanwhile: nobody may append during an import.");
            foreach (var item in events)
            {
                var data = new EventData(item.Id, item.Type, item.Data, item.Metadata);
                if (!SqliteLogWriter.TryInsert(session, item.Position, item.StreamId, item.Version, data, item.RecordedAt, item.Hash))
                    throw new LogMismatchException(item.Position, $"The event at position {item.Position} has the id, or the stream and version, of another event.");
            }

            session.Execute("COMMIT");
        }
        finally
        {
            if (session.InTransaction) session.Execute("ROLLBACK");
        }
    }
}
