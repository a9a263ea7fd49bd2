using FlexCore.EventStore.History;
using FlexCore.EventStore.Merkle;
using FlexCore.EventStore.Postgres;

namespace FlexCore.EventStore;

public sealed partial class PostgresEventStore : ITreeTables
{
    /// <inheritdoc/>
    public LogHistory History { get; }

    /// <inheritdoc/>
    public EventCheckpoints SignCheckpoints(CheckpointOptions options)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new EventCheckpoints(options, this, new PostgresSubscriptions(_database, _timeProvider), _timeProvider);
    }

    ValueTask<long> ITreeTables.ReadSizeAsync(CancellationToken cancellationToken) => DoAsync(PostgresTree.SizeAsync, cancellationToken);

    async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ITiles.ReadTilesAsync(IReadOnlyList<TileId> tiles, CancellationToken cancellationToken)
    {
        var inTable = await DoAsync((connection, token) => PostgresTree.TilesAsync(connection, tiles, token), cancellationToken).ConfigureAwait(false);
        return await _archive.TilesAsync(inTable, tiles, cancellationToken).ConfigureAwait(false);
    }

    ValueTask<IReadOnlyList<(long Position, LogHash Hash)>> ITreeTables.ReadHashesAsync(long afterPosition, int maxCount, CancellationToken cancellationToken) =>
        DoAsync((connection, token) => PostgresTree.HashesAsync(connection, afterPosition, maxCount, token), cancellationToken);

    async ValueTask ITreeTables.WriteTilesAsync(IReadOnlyList<Tile> tiles, CancellationToken cancellationToken) =>
        await DoAsync((connection, token) => PostgresTree.WriteAsync(connection, tiles, token), cancellationToken).ConfigureAwait(false);

    async ValueTask ITreeTables.WriteCheckpointAsync(long size, string note, CancellationToken cancellationToken) =>
        await DoAsync((connection, token) => PostgresTree.WriteCheckpointAsync(connection, size, note, _timeProvider.GetUtcNow(), token), cancellationToken).ConfigureAwait(false);

    ValueTask<IReadOnlyList<(long Size, string Note)>> ITreeTables.ReadCheckpointsAsync(long afterSize, int maxCount, CancellationToken cancellationToken) =>
        DoAsync((connection, token) => PostgresTree.CheckpointsAsync(connection, afterSize, maxCount, token), cancellationToken);

    ValueTask<(long Size, string Note)?> ITreeTables.ReadLastCheckpointAsync(CancellationToken cancellationToken) => DoAsync(PostgresTree.LastCheckpointAsync, cancellationToken);
}
