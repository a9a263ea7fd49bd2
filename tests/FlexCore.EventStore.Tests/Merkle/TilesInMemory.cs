using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.Tests.Merkle;

/// <summary>Keeps tiles as a store does, beside the leaves that a store has in its events.</summary>
internal sealed class TilesInMemory(LogHash[] leaves) : ITiles
{
    private readonly Dictionary<TileId, ReadOnlyMemory<byte>> _tiles = [];

    internal int RoundTrips { get; private set; }

    internal int Count => _tiles.Count;

    /// <summary>A tree of these leaves whose tiles have been taken after each batch.</summary>
    internal static TilesInMemory Of(LogHash[] leaves, int batch = 100)
    {
        var tiles = new TilesInMemory(leaves);
        var builder = new TreeBuilder();
        foreach (var some in leaves.Chunk(batch))
        {
            foreach (var leaf in some) builder.Add(leaf);
            tiles.Keep(builder.TakeTiles());
        }

        return tiles;
    }

    internal void Keep(IReadOnlyList<Tile> tiles)
    {
        foreach (var tile in tiles)
        {
            if (tile.Id.Level == 0) tile.Hashes.Length.ShouldBe(Tile.Size);
            _tiles[tile.Id] = tile.Hashes.ToArray();
        }
    }

    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadTilesAsync(IReadOnlyList<TileId> tiles, CancellationToken cancellationToken)
    {
        RoundTrips++;
        tiles.ShouldBeUnique();
        tiles.Count(id => id.Level == 0 && !_tiles.ContainsKey(id)).ShouldBeLessThanOrEqualTo(1);
        return new([.. tiles.Select(Read)]);
    }

    private ReadOnlyMemory<byte> Read(TileId id) =>
        _tiles.TryGetValue(id, out var hashes) ? hashes
        : id.Level == 0 ? leaves.Skip((int)id.Index * Tile.Width).Take(Tile.Width).SelectMany(leaf => leaf.ToArray()).ToArray()
        : default;
}
