using FlexCore.EventStore.Appending;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.EventStore.Postgres;

/// <summary>The parameters of <see cref="AppendEvents.Call"/>.</summary>
internal sealed class EventParameters
{
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

    private readonly NpgsqlParameter<long> _archived = new() { NpgsqlDbType = NpgsqlDbType.Bigint };

    public NpgsqlParameter[] InOrder => [_streams, _versions, _ids, _types, _data, _metadata, _hashes, _createdAt, _conditionStreams, _conditionVersions, _archived];

    public NpgsqlParameter[] Fill(AppendBatch batch, IReadOnlyList<StreamHead> heads, LogHash[] hashes, long archived, DateTime createdAt)
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
        _archived.TypedValue = archived;
        return InOrder;
    }
}
