using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Postgres;

/// <summary>Writes events with the places that they have, by binary COPY.</summary>
internal static class PostgresImport
{
    private const string Copy = "COPY events (position, version, id, created_at, stream_id, event_type, event_data, metadata, hash) FROM STDIN (FORMAT BINARY)";

    // The log's lock, as in append_events.
    private const string Lock = $"SELECT pg_advisory_xact_lock({PostgresDatabase.LogLock})";

    public static async ValueTask<bool> WriteAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        await PostgresDatabase.ExecuteAsync(connection, Lock, cancellationToken).ConfigureAwait(false);
        var last = await PostgresReads.LastPositionAsync(connection, cancellationToken).ConfigureAwait(false);

        // A batch that was committed though the answer was lost is there already.
        if (last == events[^1].Position && (await PostgresReads.FindAsync(connection, [events[^1].Id], cancellationToken).ConfigureAwait(false)).Count == 1) return true;
        if (last != events[0].Position - 1) throw new LogMismatchException(events[0].Position, $"The store has got an event at position {last} meanwhile: nobody may append during an import.");
        try
        {
            await CopyAsync(connection, events, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new LogMismatchException(events[0].Position, $"Of the events from position {events[0].Position} to {events[^1].Position} one has the id, or the stream and version, of another event.");
        }

        await PostgresDatabase.ExecuteAsync(connection, "SELECT pg_notify('flexcore_events', current_schema())", cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        var rows = await connection.BeginBinaryImportAsync(Copy, cancellationToken).ConfigureAwait(false);
        await using var _ = rows.ConfigureAwait(false);
        foreach (var item in events)
        {
            await rows.StartRowAsync(cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.Position, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.Version, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.Id, NpgsqlDbType.Uuid, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.StreamId, NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.Type, NpgsqlDbType.Text, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.Data, NpgsqlDbType.Bytea, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.Metadata, NpgsqlDbType.Bytea, cancellationToken).ConfigureAwait(false);
            await rows.WriteAsync(item.Hash.ToArray(), NpgsqlDbType.Bytea, cancellationToken).ConfigureAwait(false);
        }

        await rows.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
