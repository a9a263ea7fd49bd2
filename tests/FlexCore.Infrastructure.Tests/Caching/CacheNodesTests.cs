using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Tests.Redis;

namespace FlexCore.Infrastructure.Tests.Caching;

/// <summary>What nodes that share a Redis have of each other.</summary>
public sealed class CacheNodesTests(SharedRedis redis) : IClassFixture<SharedRedis>, IAsyncDisposable
{
    private readonly string _name = $"cache-{Guid.NewGuid():N}";
    private readonly Source _source = new();
    private CacheNodes? _nodes;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CacheNodes Nodes => _nodes ??= new CacheNodes(redis.Server, _name);

    [Fact]
    public async Task What_one_node_keeps_the_other_has_without_asking_the_source()
    {
        var (one, other) = (Nodes.Add(), Nodes.Add());

        await one.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token);

        (await other.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");
        (await other.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");
        _source.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Source_is_asked_once_for_all_nodes_together()
    {
        List<Cache> nodes = [.. Enumerable.Range(0, 4).Select(_ => Nodes.Add())];
        _source.Gate = new TaskCompletionSource();
        var calls = nodes.SelectMany(node => Enumerable.Range(0, 10).Select(_ => node.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token).AsTask())).ToList();
        await CacheNodes.Until(() => Task.FromResult(_source.Asked == 1));

        _source.Gate.SetResult();

        (await Task.WhenAll(calls)).ShouldAllBe(answer => answer == "first");
        _source.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Source_is_asked_once_for_all_processes_together()
    {
        var workers = Enumerable.Range(0, 3).Select(_ => CacheWorker.Start(redis.Server.ConnectionString, _name)).ToList();
        foreach (var worker in workers) (await worker.StandardOutput.ReadLineAsync(Token)).ShouldBe("ready");

        foreach (var worker in workers) await worker.StandardInput.WriteLineAsync("go");

        foreach (var worker in workers) (await worker.StandardOutput.ReadLineAsync(Token)).ShouldBe("answer");
        (await redis.Server.AskAsync($"GET {_name}:asked")).ShouldBe("$1");
        foreach (var worker in workers)
        {
            worker.StandardInput.Close();
            await worker.WaitForExitAsync(Token);
            worker.Dispose();
        }
    }

    [Fact]
    public async Task Change_or_removal_on_one_node_is_soon_seen_on_the_others()
    {
        var (one, other) = (Nodes.Add(), Nodes.Add());
        await one.SetAsync("orders:1", "first", entry: null, Token);
        (await other.FindAsync<string>("orders:1", Token)).ShouldBe((true, "first"));

        await one.SetAsync("orders:1", "second", entry: null, Token);
        await CacheNodes.Until(async () => await other.FindAsync<string>("orders:1", Token) is (true, "second"));

        await one.RemoveAsync("orders:1", Token);
        await CacheNodes.Until(async () => await other.FindAsync<string>("orders:1", Token) is (false, _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Removal_by_tag_or_pattern_reaches_all_nodes_and_those_that_come_later(bool byTag)
    {
        var (one, other) = (Nodes.Add(), Nodes.Add());
        var entry = new CacheEntry { Tags = ["open"] };
        await one.SetAsync("orders:1", "one", entry, Token);
        await one.SetAsync("customers:1", "stays", entry: null, Token);
        (await other.FindAsync<string>("orders:1", Token)).ShouldBe((true, "one"));

        await (byTag ? one.RemoveByTagAsync("open", Token) : one.RemoveByPatternAsync("orders:*", Token));

        (await one.FindAsync<string>("orders:1", Token)).IsKept.ShouldBeFalse();
        await CacheNodes.Until(async () => await other.FindAsync<string>("orders:1", Token) is (false, _));
        var late = Nodes.Add();
        (await late.FindAsync<string>("orders:1", Token)).IsKept.ShouldBeFalse();
        (await late.FindAsync<string>("customers:1", Token)).ShouldBe((true, "stays"));

        await other.SetAsync("orders:1", "two", entry, Token);
        await CacheNodes.Until(async () => await one.FindAsync<string>("orders:1", Token) is (true, "two"));
    }

    [Fact]
    public async Task Many_values_cost_one_question_to_Redis()
    {
        var (one, other) = (Nodes.Add(), Nodes.Add());
        await one.SetManyAsync(Enumerable.Range(0, 50).Select(order => KeyValuePair.Create($"orders:{order}", order)), entry: null, Token);
        await other.FindAsync<int>("orders:0", Token);
        var before = (await CallsAsync("get"), await CallsAsync("mget"));

        (await other.FindManyAsync<int>(Enumerable.Range(0, 60).Select(order => $"orders:{order}"), Token)).Count.ShouldBe(50);

        (await CallsAsync("get"), await CallsAsync("mget")).ShouldBe((before.Item1, before.Item2 + 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("{}")]
    [InlineData("\\x05\\x00\\x00\\x00hello")]
    [InlineData("\\xff\\xff\\xff\\x7f")]
    [InlineData("\\x02\\x00\\x00\\x00{}1")]
    public async Task Bytes_of_somebody_else_under_the_key_are_a_miss(string bytes)
    {
        var cache = Nodes.Add();
        (await redis.Server.AskAsync($"SET {_name}:value:orders:1 \"{bytes}\"")).ShouldBe("+OK");

        (await cache.FindAsync<string>("orders:1", Token)).IsKept.ShouldBeFalse();
        (await cache.FindManyAsync<string>(["orders:1"], Token)).ShouldBeEmpty();
        (await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");
    }

    [Fact]
    public async Task Key_that_somebody_else_uses_in_another_way_is_a_miss_and_harms_no_other()
    {
        var (one, other) = (Nodes.Add(options => options.RedisPause = TimeSpan.FromMinutes(1)), Nodes.Add());
        await other.SetAsync("orders:2", "second", entry: null, Token);
        await redis.Server.AskAsync($"LPUSH {_name}:value:orders:1 theirs");

        (await one.FindAsync<string>("orders:1", Token)).IsKept.ShouldBeFalse();
        (await one.FindAsync<string>("orders:2", Token)).ShouldBe((true, "second"));
        (await one.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");
        (await other.FindAsync<string>("orders:1", Token)).ShouldBe((true, "first"));
    }

    [Fact]
    public async Task Value_that_was_moved_under_another_key_in_Redis_is_not_taken_for_it()
    {
        var (one, other) = (Nodes.Add(), Nodes.Add());
        await one.SetAsync("orders:1", "mine", entry: null, Token);
        await redis.Server.AskAsync($"RENAME {_name}:value:orders:1 {_name}:value:orders:2");

        (await other.FindAsync<string>("orders:2", Token)).IsKept.ShouldBeFalse();
        (await other.GetOrAskAsync("orders:2", _source.AskAsync, entry: null, Token)).ShouldBe("first");
    }

    [Fact]
    public async Task Words_of_somebody_else_on_the_channels_do_no_harm()
    {
        var cache = Nodes.Add();
        await cache.SetAsync("orders:1", "first", entry: null, Token);
        foreach (var channel in (string[])["changes", "removals"])
        {
            foreach (var said in (string[])["garbage", "t|x|y", "t|x|999999999999999999999|open", "k|x|1|orders:1", "|||"]) await redis.Server.AskAsync($"PUBLISH {_name}:{channel}: \"{said}\"");
        }

        var other = Nodes.Add();
        await other.SetAsync("orders:2", "second", entry: null, Token);
        await other.RemoveByTagAsync("nothing", Token);
        (await cache.FindAsync<string>("orders:1", Token)).ShouldBe((true, "first"));
        (await cache.FindAsync<string>("orders:2", Token)).ShouldBe((true, "second"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_nodes is not null) await _nodes.DisposeAsync();
    }

    private async Task<int> CallsAsync(string command) =>
        (await redis.Server.ReadSectionAsync("commandstats")).TryGetValue($"cmdstat_{command}", out var told) ? int.Parse(told.Split(',')[0].Split('=')[1]) : 0;
}
