using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.Caching;

/// <summary>Redis goes away and comes back.</summary>
public sealed class CacheOutageTests : IAsyncLifetime
{
    private readonly Source _source = new();
    private RedisServer _server = null!;
    private CacheNodes _nodes = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_Redis_the_source_is_asked_once_per_node_and_each_keeps_for_itself()
    {
        var cache = _nodes.Add();
        await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token);
        await _server.KillAsync();

        (await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");
        _source.Asked.ShouldBe(1);
        (await cache.GetOrAskAsync("orders:2", _source.AskAsync, entry: null, Token)).ShouldBe("first");
        (await cache.GetOrAskAsync("orders:2", _source.AskAsync, entry: null, Token)).ShouldBe("first");
        _source.Asked.ShouldBe(2);
        await cache.RemoveAsync("orders:2", Token);
        await cache.RemoveByTagAsync("open", Token);
        (await cache.FindAsync<string>("orders:2", Token)).IsKept.ShouldBeFalse();
    }

    [Fact]
    public async Task Redis_that_is_away_is_asked_little()
    {
        var lines = new Lines();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines).SetMinimumLevel(LogLevel.Debug));
        var cache = _nodes.Add(options => options.RedisPause = TimeSpan.FromMinutes(10), loggers);
        await cache.SetAsync("orders:0", "first", entry: null, Token);
        await _server.KillAsync();
        await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token);
        var asked = lines.Written.Count(line => line.Level == LogLevel.Warning && line.Values.ContainsKey("Operation"));

        for (var order = 2; order < 200; order++) (await cache.GetOrAskAsync($"orders:{order}", _source.AskAsync, entry: null, Token)).ShouldBe("first");

        lines.Written.Count(line => line.Level == LogLevel.Warning && line.Values.ContainsKey("Operation")).ShouldBe(asked);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("remove")]
    [InlineData("tag")]
    [InlineData("pattern")]
    public async Task Change_that_was_made_while_Redis_was_away_is_seen_on_all_nodes_when_it_is_back(string how)
    {
        var (one, other) = (_nodes.Add(), _nodes.Add());
        var entry = new CacheEntry { Tags = ["open"] };
        await one.GetOrAskAsync("orders:1", _source.AskAsync, entry, Token);
        (await other.GetOrAskAsync("orders:1", _source.AskAsync, entry, Token)).ShouldBe("first");
        await _server.KillAsync();

        _source.Answer = "second";
        await (how switch
        {
            "set" => one.SetAsync("orders:1", "second", entry, Token),
            "remove" => one.RemoveAsync("orders:1", Token),
            "tag" => one.RemoveByTagAsync("open", Token),
            _ => one.RemoveByPatternAsync("orders:*", Token),
        });
        (await one.GetOrAskAsync("orders:1", _source.AskAsync, entry, Token)).ShouldBe("second");
        (await other.GetOrAskAsync("orders:1", _source.AskAsync, entry, Token)).ShouldBe("first");
        await _server.StartAgainAsync();

        foreach (var node in (Cache[])[one, other]) await CacheNodes.Until(async () => await node.GetOrAskAsync("orders:1", _source.AskAsync, entry, Token) == "second");
        await CacheNodes.Until(async () =>
        {
            await one.SetAsync("orders:3", "again", entry: null, Token);
            return await other.FindAsync<string>("orders:3", Token) is (true, "again");
        });
    }

    [Fact]
    public async Task What_was_kept_before_an_outage_is_still_used_while_the_source_is_away_too()
    {
        var cache = _nodes.Add();
        await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token);
        await _server.KillAsync();
        await _server.StartAgainAsync();

        _source.Failure = new HttpRequestException("away");

        // It is asked again, as nobody knows what was missed; what it said before is answered.
        await CacheNodes.Until(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token) == "first" && _source.Asked >= 2);
    }

    [Fact]
    public async Task Program_that_starts_while_Redis_is_away_works_and_shares_when_it_is_back()
    {
        await _server.KillAsync();
        var (one, other) = (_nodes.Add(), _nodes.Add());
        (await one.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");

        await _server.StartAgainAsync();

        await CacheNodes.Until(async () =>
        {
            await one.SetAsync("orders:2", "shared", entry: null, Token);
            return await other.FindAsync<string>("orders:2", Token) is (true, "shared");
        });
    }

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _nodes = new CacheNodes(_server);
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await _server.DisposeAsync();
    }
}
