using FlexCore.EventStore.Merkle;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.EventStore.Tests.Merkle;

public sealed class MerkleProofTests
{
    private static readonly LogHash[] Leaves = [.. Enumerable.Range(0, 5000).Select(i => MerkleHash.Leaf(LogHash.Of(BitConverter.GetBytes(i))))];

    private static readonly Arbitrary<(int Small, int Large, int Bit)> Cases = (
        from large in Gen.OneOf(Gen.Choose(1, Leaves.Length), Gen.Choose(1, 70))
        from small in Gen.Choose(0, large - 1)
        from bit in Gen.Choose(0, (8 * LogHash.Size) - 1)
        select (small, large, bit)).ToArbitrary();

    [Fact]
    public void Proof_of_inclusion_that_is_changed_anywhere_fails() => Check.QuickThrowOnFailure(Prop.ForAll(Cases, c =>
    {
        var (index, size, bit) = c;
        var proof = NaiveTree.Inclusion(index, Leaves.AsSpan(0, size));
        var root = NaiveTree.Root(Leaves.AsSpan(0, size));
        MerkleProof.VerifyInclusion(Leaves[index], index, size, proof, root).ShouldBeTrue();

        MerkleProof.VerifyInclusion(Flip(Leaves[index], bit), index, size, proof, root).ShouldBeFalse();
        MerkleProof.VerifyInclusion(Leaves[index], index, size, proof, Flip(root, bit)).ShouldBeFalse();
        foreach (var other in new[] { -1, index - 1, index + 1, index ^ 1, index ^ 64, size, index + size }.Where(other => other != index))
        {
            MerkleProof.VerifyInclusion(Leaves[index], other, size, proof, root).ShouldBeFalse();
        }

        foreach (var changed in Changes(proof, bit)) MerkleProof.VerifyInclusion(Leaves[index], index, size, changed, root).ShouldBeFalse();
    }));

    [Fact]
    public void Proof_of_inclusion_in_a_tree_of_another_size_fails_but_for_sizes_with_the_same_path() => Check.QuickThrowOnFailure(Prop.ForAll(Cases, c =>
    {
        var (index, size, _) = c;
        var proof = NaiveTree.Inclusion(index, Leaves.AsSpan(0, size));
        var root = NaiveTree.Root(Leaves.AsSpan(0, size));

        // A proof does not hold the size: the signed checkpoint does. It can only be told where the path has another shape.
        MerkleProof.VerifyInclusion(Leaves[index], index, index, proof, root).ShouldBeFalse();
        MerkleProof.VerifyInclusion(Leaves[index], index, 0, proof, root).ShouldBeFalse();
        MerkleProof.VerifyInclusion(Leaves[index], index, -1, proof, root).ShouldBeFalse();
        MerkleProof.VerifyInclusion(Leaves[index], index, (4L * size) + 4, proof, root).ShouldBeFalse();
        MerkleProof.VerifyInclusion(Leaves[index], index, long.MaxValue, proof, root).ShouldBeFalse();
    }));

    [Fact]
    public void Proof_of_consistency_that_is_changed_anywhere_fails() => Check.QuickThrowOnFailure(Prop.ForAll(Cases, c =>
    {
        var (small, large, bit) = c;
        var proof = small == 0 ? [] : NaiveTree.Consistency(small, Leaves.AsSpan(0, large));
        var (before, after) = (NaiveTree.Root(Leaves.AsSpan(0, small)), NaiveTree.Root(Leaves.AsSpan(0, large)));
        MerkleProof.VerifyConsistency(small, large, before, after, proof).ShouldBeTrue();
        MerkleProof.VerifyConsistency(large, large, after, after, []).ShouldBeTrue();

        MerkleProof.VerifyConsistency(small, large, Flip(before, bit), after, proof).ShouldBeFalse();
        // Nothing is said of a log that was empty, so nothing can be wrong with what it has become.
        MerkleProof.VerifyConsistency(small, large, before, Flip(after, bit), proof).ShouldBe(small == 0);
        MerkleProof.VerifyConsistency(large, large, after, Flip(after, bit), []).ShouldBeFalse();
        MerkleProof.VerifyConsistency(large, small, after, before, proof).ShouldBeFalse();
        MerkleProof.VerifyConsistency(-1, large, before, after, proof).ShouldBeFalse();
        foreach (var changed in Changes(proof, bit)) MerkleProof.VerifyConsistency(small, large, before, after, changed).ShouldBeFalse();
    }));

    [Fact]
    public void Empty_log_has_one_root_only()
    {
        MerkleProof.VerifyConsistency(0, 0, MerkleHash.EmptyRoot, MerkleHash.EmptyRoot, []).ShouldBeTrue();
        MerkleProof.VerifyConsistency(0, 0, Leaves[0], Leaves[0], []).ShouldBeFalse();
        MerkleProof.VerifyConsistency(0, 1, MerkleHash.EmptyRoot, Leaves[0], [Leaves[1]]).ShouldBeFalse();
    }

    private static IEnumerable<LogHash[]> Changes(LogHash[] proof, int bit)
    {
        yield return [.. proof, Leaves[0]];
        yield return [Leaves[0], .. proof];
        if (proof.Length == 0) yield break;
        yield return proof[1..];
        yield return proof[..^1];
        for (var i = 0; i < proof.Length; i++) yield return [.. proof[..i], Flip(proof[i], bit), .. proof[(i + 1)..]];
        if (proof.Length > 1) yield return [.. proof.Reverse()];
    }

    private static LogHash Flip(LogHash hash, int bit)
    {
        var bytes = hash.ToArray();
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return new LogHash(bytes);
    }
}
