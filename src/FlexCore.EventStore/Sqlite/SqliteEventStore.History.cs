using FlexCore.EventStore.History;
using FlexCore.EventStore.Merkle;
using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore;

public sealed partial class SqliteEventStore : ITreeTables
{
    /// <inheritdoc/>
    public LogHistory History { get; }

    /// <inheritdoc/>
    public EventCheckpoints SignCheckpoints(CheckpointOptions options)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new EventCheckpoints(options, this, _subscriptions, _timeProvider);
    }

    ValueTask<long> ITreeTables.ReadSizeAsync(CancellationToken cancellationToken) => ReadAsync(SqliteTree.Size, cancellationToken);

    async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ITiles.ReadTilesAsync(IReadOnlyList<TileId> tiles, CancellationToken cancellationToken)
    {
        var inTable = await ReadAsync(session => SqliteTree.Tiles(session, tiles), cancellationToken).ConfigureAwait(false);
        return await _archive.TilesAsync(inTable, tiles, cancellationToken).ConfigureAwait(false);
    }

    ValueTask<IReadOnlyList<(long Position, LogHash Hash)>> ITreeTables.ReadHashesAsync(long afterPosition, int maxCount, CancellationToken cancellationToken) =>
        ReadAsync(session => SqliteTree.Hashes(session, afterPosition, maxCount), cancellationToken);

    async ValueTask ITreeTables.WriteTilesAsync(IReadOnlyList<Tile> tiles, CancellationToken cancellationToken) =>
        await ReadAsync(session => SqliteTree.Write(session, tiles), cancellationToken).ConfigureAwait(false);

    async ValueTask ITreeTables.WriteCheckpointAsync(long size, string note, CancellationToken cancellationToken) =>
        await ReadAsync(session => SqliteTree.WriteCheckpoint(session, size, note, _timeProvider.GetUtcNow()), cancellationToken).ConfigureAwait(false);

    ValueTask<IReadOnlyList<(long Size, string Note)>> ITreeTables.ReadCheckpointsAsync(long afterSize, int maxCount, CancellationToken cancellationToken) =>
        ReadAsync(session => SqliteTree.Checkpoints(session, afterSize, maxCount), cancellationToken);

    ValueTask<(long Size, string Note)?> ITreeTables.ReadLastCheckpointAsync(CancellationToken cancellationToken) => ReadAsync(SqliteTree.LastCheckpoint, cancellationToken);
}
