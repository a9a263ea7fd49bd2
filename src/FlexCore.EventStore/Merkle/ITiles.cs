namespace FlexCore.EventStore.Merkle;

/// <summary>Where the tiles are kept.</summary>
/// <remarks>
/// A store keeps what <see cref="TreeBuilder.TakeTiles"/> gives, each tile in place of what it had under the same id: full tiles of every level, and the last
/// one while it grows. That is the only place where the root of a full tile stands.
/// </remarks>
internal interface ITiles
{
    /// <summary>Reads tiles, all of them in one round trip.</summary>
    /// <param name="tiles">Which ones, none of them twice.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>The hashes of each, in the order in which they are asked for, as many as there are by now. Empty for one that does not exist.</returns>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadTilesAsync(IReadOnlyList<TileId> tiles, CancellationToken cancellationToken);
}
