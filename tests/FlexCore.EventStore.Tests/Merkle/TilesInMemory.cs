using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.Tests.Merkle;

/// <summary>Keeps tiles as a store does.</summary>
internal sealed class TilesInMemory : ITiles
{
    private readonly Dictionary<TileId, ReadOnlyMemory<byte>> _tiles = [];

    internal int RoundTrips { get; private set; }

    internal int Count => _tiles.Count;

    /// <summary>A tree of these leaves whose tiles have been taken after each batch.</summary>
    internal static TilesInMemory Of(LogHash[] leaves, int batch = 100)
    {
        var tiles = new TilesInMemory();
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
        foreach (var tile in tiles) _tiles[tile.Id] = tile.Hashes.ToArray();
    }

    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadTilesAsync(IReadOnlyList<TileId> tiles, CancellationToken cancellationToken)
    {
        RoundTrips++;
        tiles.ShouldBeUnique();
        return new([.. tiles.Select(id => _tiles.GetValueOrDefault(id))]);
    }
}
