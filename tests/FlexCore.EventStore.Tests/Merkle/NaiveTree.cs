using System.Security.Cryptography;

namespace FlexCore.EventStore.Tests.Merkle;

/// <summary>The definitions of RFC 9162 as they stand there, without any thought of speed.</summary>
internal static class NaiveTree
{
    /// <summary>MTH, 2.1.1.</summary>
    internal static LogHash Root(ReadOnlySpan<LogHash> leaves)
    {
        if (leaves.IsEmpty) return new LogHash(SHA256.HashData([]));
        if (leaves.Length == 1) return leaves[0];
        var k = Split(leaves.Length);
        return new LogHash(SHA256.HashData([1, .. Root(leaves[..k]).ToArray(), .. Root(leaves[k..]).ToArray()]));
    }

    /// <summary>PATH, 2.1.3.1.</summary>
    internal static LogHash[] Inclusion(int m, ReadOnlySpan<LogHash> leaves)
    {
        if (leaves.Length == 1) return [];
        var k = Split(leaves.Length);
        return m < k ? [.. Inclusion(m, leaves[..k]), Root(leaves[k..])] : [.. Inclusion(m - k, leaves[k..]), Root(leaves[..k])];
    }

    /// <summary>SUBPROOF, 2.1.4.1.</summary>
    internal static LogHash[] Consistency(int m, ReadOnlySpan<LogHash> leaves, bool complete = true)
    {
        if (m == leaves.Length) return complete ? [] : [Root(leaves)];
        var k = Split(leaves.Length);
        return m <= k ? [.. Consistency(m, leaves[..k], complete), Root(leaves[k..])] : [.. Consistency(m - k, leaves[k..], complete: false), Root(leaves[..k])];
    }

    private static int Split(int n)
    {
        var k = 1;
        while (2 * k < n) k *= 2;
        return k;
    }
}
