using System.Numerics;
using System.Runtime.InteropServices;

namespace FlexCore.EventStore.Merkle;

/// <summary>Neighbouring leaves whose hash is a node of some tree, and which of them a proof is made of.</summary>
/// <param name="Start">The number of the first one, from 0.</param>
/// <param name="End">The number behind the last one.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LeafRange(long Start, long End)
{
    /// <summary>The nodes beside the path from a leaf up to the root, from below (RFC 9162, 2.1.3.1).</summary>
    internal static IReadOnlyList<LeafRange> ForInclusion(long index, long size)
    {
        var ranges = new List<LeafRange>();
        var path = new LeafRange(0, size);
        while (path.End - path.Start > 1)
        {
            var (left, right) = path.Split();
            ranges.Add(index < left.End ? right : left);
            path = index < left.End ? left : right;
        }

        ranges.Reverse();
        return ranges;
    }

    /// <summary>The nodes of which the roots of a tree and of its beginning can be made, from below (RFC 9162, 2.1.4.1). Those of the old root itself are known to whoever checks it.</summary>
    internal static IReadOnlyList<LeafRange> ForConsistency(long oldSize, long newSize)
    {
        if (oldSize == 0) return [];
        var ranges = new List<LeafRange>();
        var path = new LeafRange(0, newSize);
        while (path.End != oldSize)
        {
            var (left, right) = path.Split();
            ranges.Add(oldSize <= left.End ? right : left);
            path = oldSize <= left.End ? left : right;
        }

        if (path.Start > 0) ranges.Add(path);
        ranges.Reverse();
        return ranges;
    }

    /// <summary>The complete subtrees, each smaller than the one before it, that the leaves fall into: their height, and their number among those of the height.</summary>
    internal IEnumerable<(int Height, long Number)> Subtrees()
    {
        var start = Start;
        while (start < End)
        {
            var height = BitOperations.Log2((ulong)(End - start));
            yield return (height, start >> height);
            start += 1L << height;
        }
    }

    private (LeafRange Left, LeafRange Right) Split()
    {
        var middle = Start + (1L << BitOperations.Log2((ulong)(End - Start - 1)));
        return (new LeafRange(Start, middle), new LeafRange(middle, End));
    }
}
