using System.Numerics;

namespace FlexCore.EventStore.Merkle;

/// <summary>Checks proofs against roots, as RFC 9162 says it. docs/verify.py does the same.</summary>
internal static class MerkleProof
{
    /// <summary>Whether a leaf is in a tree (2.1.3.2).</summary>
    /// <param name="leafHash">The leaf's hash: see <see cref="MerkleHash.Leaf"/>.</param>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="size">How many leaves the tree has.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="root">The tree's root.</param>
    internal static bool VerifyInclusion(LogHash leafHash, long index, long size, IReadOnlyList<LogHash> proof, LogHash root)
    {
        if (index < 0 || index >= size) return false;
        var (node, last, hash) = (index, size - 1, leafHash);
        foreach (var sibling in proof)
        {
            if (last == 0) return false;
            if (IsRight(node, last))
            {
                hash = MerkleHash.Node(sibling, hash);
                (node, last) = SkipMissingSiblings(node, last);
            }
            else
            {
                hash = MerkleHash.Node(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether a tree begins with all that an older one had (2.1.4.2).</summary>
    /// <param name="oldSize">How many leaves the older one has. Every tree begins with the empty one.</param>
    /// <param name="newSize">How many leaves the tree has.</param>
    /// <param name="oldRoot">The older one's root.</param>
    /// <param name="newRoot">The tree's root.</param>
    /// <param name="proof">The proof.</param>
    internal static bool VerifyConsistency(long oldSize, long newSize, LogHash oldRoot, LogHash newRoot, IReadOnlyList<LogHash> proof)
    {
        if (oldSize < 0 || oldSize > newSize) return false;
        if (oldSize == newSize) return proof.Count == 0 && oldRoot == newRoot && (oldSize > 0 || oldRoot == MerkleHash.EmptyRoot);
        if (oldSize == 0) return proof.Count == 0 && oldRoot == MerkleHash.EmptyRoot;
        if (proof.Count == 0) return false;

        // An old tree that is complete is a node of the new one: its root is where the path begins.
        IReadOnlyList<LogHash> path = BitOperations.IsPow2(oldSize) ? [oldRoot, .. proof] : proof;
        var (node, last) = (oldSize - 1, newSize - 1);
        var complete = BitOperations.TrailingZeroCount(~node);
        (node, last) = (node >> complete, last >> complete);
        var (oldHash, newHash) = (path[0], path[0]);
        foreach (var sibling in path.Skip(1))
        {
            if (last == 0) return false;
            if (IsRight(node, last))
            {
                oldHash = MerkleHash.Node(sibling, oldHash);
                newHash = MerkleHash.Node(sibling, newHash);
                (node, last) = SkipMissingSiblings(node, last);
            }
            else
            {
                newHash = MerkleHash.Node(newHash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && oldHash == oldRoot && newHash == newRoot;
    }

    private static bool IsRight(long node, long last) => (node & 1) == 1 || node == last;

    /// <summary>Goes up past the heights at which a node has no sibling, because the tree ends with it.</summary>
    private static (long Node, long Last) SkipMissingSiblings(long node, long last)
    {
        while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
        return (node, last);
    }
}
