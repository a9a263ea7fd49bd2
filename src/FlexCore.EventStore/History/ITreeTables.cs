using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.History;

/// <summary>Where a store keeps the tree over its log, and the checkpoints of it.</summary>
internal interface ITreeTables : ITiles
{
    /// <summary>How many leaves the tree has.</summary>
    ValueTask<long> ReadSizeAsync(CancellationToken cancellationToken);

    /// <summary>Reads the hashes of events, in the order of positions.</summary>
    ValueTask<IReadOnlyList<(long Position, LogHash Hash)>> ReadHashesAsync(long afterPosition, int maxCount, CancellationToken cancellationToken);

    /// <summary>Keeps tiles, all or none, each in place of a smaller one with its id. Whoever else does so at the same time comes to the same tiles.</summary>
    ValueTask WriteTilesAsync(IReadOnlyList<Tile> tiles, CancellationToken cancellationToken);

    /// <summary>Keeps a checkpoint, unless there is one of that size.</summary>
    ValueTask WriteCheckpointAsync(long size, string note, CancellationToken cancellationToken);

    /// <summary>Reads checkpoints by size, smallest first. The size is the one that a checkpoint is kept under.</summary>
    ValueTask<IReadOnlyList<(long Size, string Note)>> ReadCheckpointsAsync(long afterSize, int maxCount, CancellationToken cancellationToken);

    /// <summary>Reads the checkpoint with the greatest size; null when there is none.</summary>
    ValueTask<(long Size, string Note)?> ReadLastCheckpointAsync(CancellationToken cancellationToken);
}
