namespace FlexCore.EventStore.Merkle;

/// <summary>Reads a tree as it is now or was at any smaller size. Each question is one round trip to the store.</summary>
/// <param name="tiles">Where the tree is kept.</param>
internal sealed class TreeReader(ITiles tiles)
{
    /// <summary>Gives the root of the tree of the first <paramref name="size"/> leaves.</summary>
    /// <exception cref="InvalidDataException">The store does not have so many.</exception>
    public async ValueTask<LogHash> RootAsync(long size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        if (size == 0) return MerkleHash.EmptyRoot;
        var roots = await HashesAsync([new LeafRange(0, size)], cancellationToken).ConfigureAwait(false);
        return roots[0];
    }

    /// <summary>Proves that a leaf is in the tree.</summary>
    /// <param name="index">The number of the leaf, from 0: that of an event is its position less one.</param>
    /// <param name="size">How many leaves the tree has.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>What <see cref="MerkleProof.VerifyInclusion"/> needs.</returns>
    /// <exception cref="InvalidDataException">The store does not have so many.</exception>
    public ValueTask<IReadOnlyList<LogHash>> ProveInclusionAsync(long index, long size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        return HashesAsync(LeafRange.ForInclusion(index, size), cancellationToken);
    }

    /// <summary>Proves that a tree begins with all that an older one had.</summary>
    /// <param name="oldSize">How many leaves the older one has; it may be none.</param>
    /// <param name="newSize">How many leaves the tree has.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <returns>What <see cref="MerkleProof.VerifyConsistency"/> needs.</returns>
    /// <exception cref="InvalidDataException">The store does not have so many.</exception>
    public ValueTask<IReadOnlyList<LogHash>> ProveConsistencyAsync(long oldSize, long newSize, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        return HashesAsync(LeafRange.ForConsistency(oldSize, newSize), cancellationToken);
    }

    /// <summary>Goes on with the tree where it ends.</summary>
    /// <param name="size">How many leaves it has.</param>
    /// <param name="cancellationToken">Gives the reading up.</param>
    /// <exception cref="InvalidDataException">The store does not have so many.</exception>
    public async ValueTask<TreeBuilder> ResumeAsync(long size, CancellationToken cancellationToken)
    {
        var ids = Tile.OpenIn(size);
        return new TreeBuilder(size, ids.Count == 0 ? [] : await tiles.ReadTilesAsync(ids, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<IReadOnlyList<LogHash>> HashesAsync(IReadOnlyList<LeafRange> ranges, CancellationToken cancellationToken)
    {
        TileId[] ids = [.. ranges.SelectMany(range => range.Subtrees()).Select(subtree => Place(subtree).Id).Distinct()];
        if (ids.Length == 0) return [];
        var read = await tiles.ReadTilesAsync(ids, cancellationToken).ConfigureAwait(false);
        var found = new Dictionary<TileId, Tile>(ids.Length);
        for (var i = 0; i < ids.Length; i++) found.Add(ids[i], new Tile(ids[i], read[i]));
        return [.. ranges.Select(range => Hash(range, found))];
    }

    private static LogHash Hash(LeafRange range, Dictionary<TileId, Tile> found)
    {
        LogHash? right = null;
        foreach (var subtree in range.Subtrees().Reverse())
        {
            var left = Hash(subtree, found);
            right = right is { } known ? MerkleHash.Node(left, known) : left;
        }

        return right!.Value;
    }

    private static LogHash Hash((int Height, long Number) subtree, Dictionary<TileId, Tile> found)
    {
        var (id, first, count) = Place(subtree);
        Span<byte> hashes = stackalloc byte[Tile.Size];
        found[id].Take(first + count)[(first * LogHash.Size)..].CopyTo(hashes);
        return MerkleHash.Fold(hashes[..(count * LogHash.Size)]);
    }

    /// <summary>Where the hashes stand of which the root of a complete subtree is made: the root itself is kept at every sixth height only.</summary>
    private static (TileId Id, int First, int Count) Place((int Height, long Number) subtree)
    {
        var (level, above) = Math.DivRem(subtree.Height, Tile.Height);
        var first = subtree.Number << above;
        return (new TileId(level, first >> Tile.Height), (int)(first % Tile.Width), 1 << above);
    }
}
