using FlexCore.EventStore.Merkle;
using FsCheck;
using FsCheck.Fluent;

namespace FlexCore.EventStore.Tests.Merkle;

public sealed class TreeTests
{
    private const int MaxSize = 5000;

    private static readonly LogHash[] Leaves = [.. Enumerable.Range(0, MaxSize).Select(i => MerkleHash.Leaf(LogHash.Of(BitConverter.GetBytes(i))))];

    private static readonly Arbitrary<(int Small, int Large)> Sizes = (
        from large in Gen.OneOf(Gen.Choose(1, MaxSize), Gen.Choose(1, 140), Gen.Elements(64, 128, 4095, 4096, 4097, 4096 + 64))
        from small in Gen.Choose(0, large)
        select (small, large)).ToArbitrary();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Roots_are_those_that_others_compute()
    {
        // The test data of Certificate Transparency.
        string[] contents = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        string[] roots =
        [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        var builder = new TreeBuilder();
        var found = new List<LogHash> { builder.Root };
        foreach (var content in contents)
        {
            builder.Add(LogHash.Of([0, .. Convert.FromHexString(content)]));
            found.Add(builder.Root);
        }

        found.Select(root => Convert.ToHexStringLower(root.ToArray())).ShouldBe(roots);
    }

    [Fact]
    public void Root_of_a_tree_of_any_size_is_found_in_its_tiles() => ForAllSizes(async (small, large) =>
    {
        var tiles = TilesInMemory.Of(Leaves[..large]);
        var reader = new TreeReader(tiles);

        (await reader.RootAsync(large, Token)).ShouldBe(NaiveTree.Root(Leaves.AsSpan(0, large)));
        (await reader.RootAsync(small, Token)).ShouldBe(NaiveTree.Root(Leaves.AsSpan(0, small)));
    });

    [Fact]
    public void Proofs_of_inclusion_are_those_of_the_RFC_and_take_one_round_trip() => ForAllSizes(async (index, size) =>
    {
        if (index == size) return;
        var tiles = TilesInMemory.Of(Leaves);
        var proof = await new TreeReader(tiles).ProveInclusionAsync(index, size, Token);

        proof.ShouldBe(NaiveTree.Inclusion(index, Leaves.AsSpan(0, size)));
        MerkleProof.VerifyInclusion(Leaves[index], index, size, proof, NaiveTree.Root(Leaves.AsSpan(0, size))).ShouldBeTrue();
        tiles.RoundTrips.ShouldBeLessThanOrEqualTo(1);
    });

    [Fact]
    public void Proofs_of_consistency_are_those_of_the_RFC_and_take_one_round_trip() => ForAllSizes(async (small, large) =>
    {
        var tiles = TilesInMemory.Of(Leaves[..large]);
        var proof = await new TreeReader(tiles).ProveConsistencyAsync(small, large, Token);

        proof.ShouldBe(small == 0 ? [] : NaiveTree.Consistency(small, Leaves.AsSpan(0, large)));
        MerkleProof.VerifyConsistency(small, large, NaiveTree.Root(Leaves.AsSpan(0, small)), NaiveTree.Root(Leaves.AsSpan(0, large)), proof).ShouldBeTrue();
        tiles.RoundTrips.ShouldBeLessThanOrEqualTo(1);
    });

    [Fact]
    public void Tree_that_is_taken_up_again_at_any_size_grows_as_if_it_had_not_been_left() => ForAllSizes(async (small, large) =>
    {
        var whole = TilesInMemory.Of(Leaves[..large]);
        var tiles = TilesInMemory.Of(Leaves[..small]);
        var builder = await new TreeReader(tiles).ResumeAsync(small, Token);
        builder.Root.ShouldBe(NaiveTree.Root(Leaves.AsSpan(0, small)));
        builder.TakeTiles().ShouldBeEmpty();
        foreach (var leaf in Leaves.AsSpan(small, large - small)) builder.Add(leaf);
        var written = builder.TakeTiles();
        tiles.Keep(written);

        (builder.Size, builder.Root).ShouldBe((large, NaiveTree.Root(Leaves.AsSpan(0, large))));
        tiles.Count.ShouldBe(whole.Count);
        var kept = await whole.ReadTilesAsync([.. written.Select(tile => tile.Id)], Token);
        written.Select(tile => Convert.ToHexString(tile.Hashes.Span)).ShouldBe(kept.Select(hashes => Convert.ToHexString(hashes.Span)));
    });

    [Fact]
    public async Task Size_that_the_log_has_not_reached_is_refused()
    {
        var reader = new TreeReader(TilesInMemory.Of(Leaves[..200]));

        foreach (var size in new[] { 201, 255, 256, 4096, 5000 })
        {
            await Should.ThrowAsync<InvalidDataException>(async () => await reader.RootAsync(size, Token));
            await Should.ThrowAsync<InvalidDataException>(async () => await reader.ResumeAsync(size, Token));
            await Should.ThrowAsync<InvalidDataException>(async () => await reader.ProveInclusionAsync(0, size, Token));
        }

        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await reader.ProveInclusionAsync(200, 200, Token));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await reader.ProveConsistencyAsync(3, 2, Token));
    }

    [Fact]
    public void Million_leaves_cost_no_more_memory_than_their_tiles()
    {
        const int Count = 1_000_000;
        var builder = new TreeBuilder();
        var tiles = 0L;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Count; i++)
        {
            builder.Add(Leaves[i % MaxSize]);
            if (i % 1000 == 999) tiles += builder.TakeTiles().Count;
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(Count * 50L);
        tiles.ShouldBeInRange(Count / 64, Count / 50);
        builder.Size.ShouldBe(Count);
    }

    private static void ForAllSizes(Func<int, int, Task> check) =>
        Check.QuickThrowOnFailure(Prop.ForAll(Sizes, sizes => check(sizes.Small, sizes.Large)));
}
