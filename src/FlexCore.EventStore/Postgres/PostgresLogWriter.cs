using FlexCore.EventStore.Appending;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Postgres;

/// <summary>The one writer of a store object, on a connection of its own: a batch is one statement, and one round trip.</summary>
internal sealed class PostgresLogWriter(PostgresDatabase database, TimeProvider timeProvider) : ILogWriter, IAsyncDisposable
{
    private readonly KnownEnd _end = new();
    private NpgsqlConnection? _connection;
    private AppendNext? _next;
    private AppendEvents? _any;

    public ValueTask<(long? Position, IReadOnlyList<long> Heads)> TryWriteAsync(AppendBatch batch) =>
        database.RepeatAsync(
            async token =>
            {
                try
                {
                    return await WriteAsync(batch, token).ConfigureAwait(false);
                }
                catch
                {
                    await CloseAsync().ConfigureAwait(false);
                    throw;
                }
            },
            CancellationToken.None);

    public ValueTask<IReadOnlyDictionary<Guid, RecordedEvent>> FindAsync(AppendBatch batch) =>
        database.DoAsync((connection, token) => PostgresReads.FindAsync(connection, [.. batch.Events.Select(item => item.Data.Id)], token), CancellationToken.None);

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask<(long? Position, IReadOnlyList<long> Heads)> WriteAsync(AppendBatch batch, CancellationToken cancellationToken)
    {
        if (_connection is null)
        {
            _connection = await database.ConnectAsync(cancellationToken).ConfigureAwait(false);
            _next = new AppendNext(_connection);
            _any = new AppendEvents(_connection);
        }

        var now = timeProvider.GetUtcNow().UtcDateTime;
        if (_end.TryPlace(batch) is var (position, version)
            && await _next!.TryAsync(batch, position, version, now, cancellationToken).ConfigureAwait(false))
        {
            _end.Follow(batch, position - 1, [version - 1]);
            return (position - 1, [version - 1]);
        }

        var (before, heads) = await _any!.TryAsync(batch, now, cancellationToken).ConfigureAwait(false);
        if (before is { } last) _end.Follow(batch, last, heads);
        return (before, heads);
    }

    private async ValueTask CloseAsync()
    {
        if (_connection is null) return;

        // Behind the next connection there may be another server.
        _end.Forget();
        _next?.Dispose();
        _any?.Dispose();
        await _connection.DisposeAsync().ConfigureAwait(false);
        _connection = null;
    }

    /// <summary>The row comes before the commit, and says nothing of it: the append is durable when the server has said that it is ready again.</summary>
    private static async ValueTask ReadCommitAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false))
        {
            // One statement has one result.
        }
    }

    /// <summary>
    /// One event in a place that is known to be the next one. The keys of the table are the guard; the log's lock is taken as by everybody, but not waited for.
    /// </summary>
    private sealed class AppendNext : IDisposable
    {
        private const string Sql = """
            INSERT INTO events (position, version, id, created_at, stream_id, event_type, event_data, metadata)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE pg_try_advisory_xact_lock(1179404355, 'events'::regclass::oid::int)
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

        public AppendNext(NpgsqlConnection connection) =>
            _command = new NpgsqlCommand(Sql, connection) { Parameters = { _position, _version, _id, _createdAt, _stream, _type, _data, _metadata } };

        /// <returns>False when the place or the id is taken, or somebody else appends.</returns>
        public async ValueTask<bool> TryAsync(AppendBatch batch, long position, long version, DateTime createdAt, CancellationToken cancellationToken)
        {
            var item = batch.Events[0].Data;
            (_position.TypedValue, _version.TypedValue, _id.TypedValue, _createdAt.TypedValue) = (position, version, item.Id, createdAt);
            (_stream.TypedValue, _type.TypedValue, _data.TypedValue, _metadata.TypedValue) = (batch.Streams[0], item.Type, item.Data, item.Metadata);
            if (!_command.IsPrepared) await _command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            using var reader = await _command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            var isWritten = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            await ReadCommitAsync(reader, cancellationToken).ConfigureAwait(false);
            return isWritten;
        }

        public void Dispose() => _command.Dispose();
    }

    /// <summary>Any number of events in any number of streams.</summary>
    private sealed class AppendEvents : IDisposable
    {
        private readonly NpgsqlCommand _command;
        private readonly NpgsqlParameter<string[]> _streams = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
        private readonly NpgsqlParameter<long[]> _required = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };
        private readonly NpgsqlParameter<int[]> _streamOf = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };
        private readonly NpgsqlParameter<int[]> _offsets = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };
        private readonly NpgsqlParameter<Guid[]> _ids = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };
        private readonly NpgsqlParameter<string[]> _types = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
        private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _data = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
        private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _metadata = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
        private readonly NpgsqlParameter<DateTime> _createdAt = new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };

        public AppendEvents(NpgsqlConnection connection) =>
            _command = new NpgsqlCommand("SELECT o_position, o_heads FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9)", connection)
            {
                Parameters = { _streams, _required, _streamOf, _offsets, _ids, _types, _data, _metadata, _createdAt },
            };

        public async ValueTask<(long? Position, IReadOnlyList<long> Heads)> TryAsync(AppendBatch batch, DateTime createdAt, CancellationToken cancellationToken)
        {
            var events = batch.Events;
            var (streamOf, offsets, ids, types) = (new int[events.Count], new int[events.Count], new Guid[events.Count], new string[events.Count]);
            var (data, metadata) = (new ReadOnlyMemory<byte>[events.Count], new ReadOnlyMemory<byte>[events.Count]);
            for (var i = 0; i < ids.Length; i++)
            {
                var (item, stream, offset) = events[i];
                (streamOf[i], offsets[i], ids[i], types[i], data[i], metadata[i]) = (stream + 1, offset, item.Id, item.Type, item.Data, item.Metadata);
            }

            (_streams.TypedValue, _required.TypedValue, _streamOf.TypedValue, _offsets.TypedValue) = ([.. batch.Streams], [.. batch.Required], streamOf, offsets);
            (_ids.TypedValue, _types.TypedValue, _data.TypedValue, _metadata.TypedValue, _createdAt.TypedValue) = (ids, types, data, metadata, createdAt);
            if (!_command.IsPrepared) await _command.PrepareAsync(cancellationToken).ConfigureAwait(false);
            using var reader = await _command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            (long?, IReadOnlyList<long>) answer = (reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetFieldValue<long[]>(1));
            await ReadCommitAsync(reader, cancellationToken).ConfigureAwait(false);
            return answer;
        }

        public void Dispose() => _command.Dispose();
    }
}
