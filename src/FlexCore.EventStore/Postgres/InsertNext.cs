using FlexCore.EventStore.Appending;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Postgres;

/// <summary>
/// Appends one event in a place that is known to be the next one. The keys of the table, and of what has left it, are the guard; the log's lock is taken as by everybody, but not
/// waited for.
/// </summary>
internal sealed class InsertNext : IDisposable
{
    private const string Sql = $"""
        INSERT INTO events (position, version, id, created_at, stream_id, event_type, event_data, metadata, hash)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
        WHERE pg_try_advisory_xact_lock({PostgresDatabase.LogLock})
            AND (SELECT coalesce(max(last_position), 0) FROM archives) = $10 AND NOT EXISTS (SELECT FROM archived_ids WHERE id = $3)
            AND NOT EXISTS (SELECT FROM archived_heads WHERE stream_id = $5 AND version >= $2)
        ON CONFLICT DO NOTHING RETURNING pg_notify('flexcore_events', current_schema())::text
        """;

    private readonly NpgsqlCommand _command;
    private readonly NpgsqlParameter<long> _position = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly NpgsqlParameter<long> _version = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly NpgsqlParameter<Guid> _id = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<DateTime> _createdAt = new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };
    private readonly NpgsqlParameter<string> _stream = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<string> _type = new() { NpgsqlDbType = NpgsqlDbType.Text };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _data = new() { NpgsqlDbType = NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>> _metadata = new() { NpgsqlDbType = NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<byte[]> _hash = new() { NpgsqlDbType = NpgsqlDbType.Bytea };

    private readonly NpgsqlParameter<long> _archived = new() { NpgsqlDbType = NpgsqlDbType.Bigint };

    public InsertNext(NpgsqlConnection connection) =>
        _command = new NpgsqlCommand(Sql, connection) { Parameters = { _position, _version, _id, _createdAt, _stream, _type, _data, _metadata, _hash, _archived } };

    /// <returns>False when the place or the id is taken, somebody else appends, or more has left the log than <paramref name="archived"/>.</returns>
    public async ValueTask<bool> TryAsync(AppendBatch batch, long position, long version, LogHash hash, long archived, DateTime createdAt, CancellationToken cancellationToken)
    {
        var item = batch.Events[0].Data;
        (_position.TypedValue, _version.TypedValue, _id.TypedValue, _createdAt.TypedValue) = (position, version, item.Id, createdAt);
        (_stream.TypedValue, _type.TypedValue, _data.TypedValue, _metadata.TypedValue) = (batch.Streams[0], item.Type, item.Data, item.Metadata);
        (_hash.TypedValue, _archived.TypedValue) = (hash.ToArray(), archived);
        if (!_command.IsPrepared) await _command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        using var reader = await _command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var isWritten = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);

        // The row comes before the commit, and says nothing of it.
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        return isWritten;
    }

    public void Dispose() => _command.Dispose();
}
