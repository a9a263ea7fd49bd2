using System.Runtime.InteropServices;

namespace FlexCore.EventStore.Merkle;

/// <summary>The place of a tile: the hashes of the complete subtrees of 64^<paramref name="Level"/> leaves with the numbers 64 * <paramref name="Index"/> to 64 * <paramref name="Index"/> + 63.</summary>
/// <param name="Level">0 for leaves.</param>
/// <param name="Index">The place in the level, from 0. That of level 0 and index 0 is of the events at the positions 1 to 64.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TileId(int Level, long Index);

/// <summary>A part of the tree as it is stored: six heights of it, of which only the lowest is kept.</summary>
/// <param name="Id">Its place.</param>
/// <param name="Hashes">Up to 64 hashes, one behind the other. They never change; the tile at the end of a level grows.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Tile(TileId Id, ReadOnlyMemory<byte> Hashes)
{
    internal const int Height = 6;
    internal const int Width = 1 << Height;

    /// <summary>How many bytes a full tile has.</summary>
    internal const int Size = Width * LogHash.Size;

    /// <summary>The first hashes of the tile.</summary>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    internal ReadOnlySpan<byte> Take(int count) =>
        Hashes.Length >= count * LogHash.Size ? Hashes.Span[..(count * LogHash.Size)]
        : throw new InvalidDataException($"The tile {Id.Index} of level {Id.Level} of the tree has {Hashes.Length / LogHash.Size} hashes; {count} are needed.");

    /// <summary>The numbers of the tiles of level 0 whose leaves are all events between two positions; none when the last is before the first.</summary>
    internal static (long First, long Last) OfLeaves(long firstPosition, long lastPosition) => ((firstPosition + Width - 2) / Width, (lastPosition / Width) - 1);

    /// <summary>The tiles that are not full and not empty in a tree of that size, from level 0 on.</summary>
    internal static IReadOnlyList<TileId> OpenIn(long size)
    {
        var open = new List<TileId>();
        var level = 0;
        for (var subtrees = size; subtrees > 0; subtrees >>= Height, level++)
        {
            if (subtrees % Width > 0) open.Add(new TileId(level, subtrees >> Height));
        }

        return open;
    }
}
