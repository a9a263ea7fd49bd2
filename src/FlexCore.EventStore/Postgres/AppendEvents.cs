using FlexCore.EventStore.Appending;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Postgres;

/// <summary>Appends any number of events in any number of streams, behind what is known to be their ends.</summary>
internal sealed class AppendEvents : IDisposable
{
    private readonly NpgsqlCommand _command;
    private readonly NpgsqlParameter<string[]> _streams = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    private readonly NpgsqlParameter<long[]> _versions = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };
    private readonly NpgsqlParameter<Guid[]> _ids = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<string[]> _types = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _data = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _metadata = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<byte[][]> _hashes = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
    private readonly NpgsqlParameter<DateTime> _createdAt = new() { NpgsqlDbType = NpgsqlDbType.TimestampTz };
    private readonly NpgsqlParameter<string[]> _conditionStreams = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
    private readonly NpgsqlParameter<long[]> _conditionVersions = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    public AppendEvents(NpgsqlConnection connection) =>
        _command = new NpgsqlCommand("SELECT append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", connection)
        {
            Parameters = { _streams, _versions, _ids, _types, _data, _metadata, _hashes, _createdAt, _conditionStreams, _conditionVersions },
        };

    /// <returns>The position before the first event; null when a stream does not end there any more, or an id is taken.</returns>
    public async ValueTask<long?> TryAsync(AppendBatch batch, IReadOnlyList<StreamHead> heads, LogHash[] hashes, DateTime createdAt, CancellationToken cancellationToken)
    {
        var events = batch.Events;
        var (streams, versions, ids, types) = (new string[events.Count], new long[events.Count], new Guid[events.Count], new string[events.Count]);
        var (data, metadata) = (new ReadOnlyMemory<byte>[events.Count], new ReadOnlyMemory<byte>[events.Count]);
        for (var i = 0; i < ids.Length; i++)
        {
            var (item, stream, offset) = events[i];
            (streams[i], versions[i]) = (batch.Streams[stream], heads[stream].Version + offset);
            (ids[i], types[i], data[i], metadata[i]) = (item.Id, item.Type, item.Data, item.Metadata);
        }

        // What gets an event is guarded by the keys.
        var conditions = Enumerable.Range(0, heads.Count).Except(events.Select(item => item.Stream)).ToList();
        (_streams.TypedValue, _versions.TypedValue, _ids.TypedValue, _types.TypedValue) = (streams, versions, ids, types);
        (_data.TypedValue, _metadata.TypedValue, _hashes.TypedValue, _createdAt.TypedValue) = (data, metadata, [.. hashes.Select(hash => hash.ToArray())], createdAt);
        (_conditionStreams.TypedValue, _conditionVersions.TypedValue) = ([.. conditions.Select(stream => batch.Streams[stream])], [.. conditions.Select(stream => heads[stream].Version)]);
        if (!_command.IsPrepared) await _command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var reader = await _command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            long? position = reader.IsDBNull(0) ? null : reader.GetInt64(0);

            // The row comes before the commit, and says nothing of it.
            await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
            return position;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return null;
        }
    }

    public void Dispose() => _command.Dispose();
}
