using System.Security.Cryptography;

namespace FlexCore.EventStore.Merkle;

/// <summary>How the hashes of a tree are made of those below (RFC 9162, 2.1.1). The first byte keeps a node from passing for a leaf.</summary>
internal static class MerkleHash
{
    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;
    private const int PairSize = 2 * LogHash.Size;

    /// <summary>The root of the tree without leaves.</summary>
    internal static LogHash EmptyRoot { get; } = LogHash.Of([]);

    /// <summary>The leaf of an event.</summary>
    internal static LogHash Leaf(LogHash eventHash)
    {
        Span<byte> content = stackalloc byte[1 + LogHash.Size];
        content[0] = LeafPrefix;
        eventHash.CopyTo(content[1..]);
        return LogHash.Of(content);
    }

    internal static LogHash Node(LogHash left, LogHash right)
    {
        Span<byte> content = stackalloc byte[1 + PairSize];
        content[0] = NodePrefix;
        left.CopyTo(content[1..]);
        right.CopyTo(content[(1 + LogHash.Size)..]);
        return LogHash.Of(content);
    }

    /// <summary>The root over subtrees of one size, of which the last may be smaller.</summary>
    /// <param name="hashes">Their hashes, one behind the other; overwritten.</param>
    internal static LogHash Fold(Span<byte> hashes)
    {
        Span<byte> content = stackalloc byte[1 + PairSize];
        content[0] = NodePrefix;
        while (hashes.Length > LogHash.Size)
        {
            var end = 0;
            for (var start = 0; start < hashes.Length; start += PairSize, end += LogHash.Size)
            {
                var pair = hashes[start..Math.Min(start + PairSize, hashes.Length)];
                pair.CopyTo(content[1..]);
                // One that is left over goes up as it is: the tree's split at a power of two puts it there.
                if (pair.Length == PairSize) SHA256.HashData(content, hashes[end..]);
                else pair.CopyTo(hashes[end..]);
            }

            hashes = hashes[..end];
        }

        return new LogHash(hashes);
    }
}
