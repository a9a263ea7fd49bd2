using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Redis;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Infrastructure.Tests.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Tests.Caching;

public sealed class CacheServicesTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Program_has_caches_by_name_each_with_options_of_its_own()
    {
        var configuration = Configure(
            ("FlexCore:Redis:sessions:Connection", redis.Server.ConnectionString), ("FlexCore:Cache:Lifetime", "00:10:00"), ("FlexCore:Cache:carts:Shared", "true"), ("FlexCore:Cache:carts:Redis", "sessions"));
        await using var program = new ServiceCollection()
            .AddFlexCoreRedis(configuration, "sessions").AddFlexCoreCache(configuration).AddFlexCoreCache(configuration, "carts").BuildServiceProvider();

        var (plain, carts) = (program.GetRequiredService<Cache>(), program.GetRequiredKeyedService<Cache>("carts"));
        await carts.SetAsync("cart:1", "full", entry: null, Token);

        plain.Name.ShouldBe("cache");
        carts.Name.ShouldBe("cache-carts");
        program.GetRequiredKeyedService<Cache>("carts").ShouldBeSameAs(carts);
        (await plain.FindAsync<string>("cart:1", Token)).IsKept.ShouldBeFalse();
        (await redis.Server.AskAsync("EXISTS cache-carts:value:cart:1")).ShouldBe(":1");
    }

    [Fact]
    public async Task Options_that_are_wrong_are_told_all_at_once_with_their_paths()
    {
        (string, string)[] wrong =
        [
            ("Lifetime", "31.00:00:00"), ("Jitter", "2"), ("StaleFor", "-00:00:01"), ("StaleRetry", "0"), ("RefreshAfter", "0"), ("SoftTimeout", "00:01:00"), ("HardTimeout", "soon"), ("MemoryBytes", "1"),
            ("ValueBytes", "0"), ("RedisTimeout", "0"), ("RedisPause", "0"), ("Redis", "sessions"), ("Colour", "blue"),
        ];
        await using var program = new ServiceCollection().AddFlexCoreCache(Configure([.. wrong.Select(pair => ($"FlexCore:Cache:{pair.Item1}", pair.Item2))])).BuildServiceProvider();

        var told = Should.Throw<OptionsValidationException>(() => program.GetRequiredService<Cache>()).Failures.ToList();

        foreach (var (key, _) in wrong) told.ShouldContain(failure => failure.StartsWith($"FlexCore:Cache:{key}: "), key);
        told.Count.ShouldBe(wrong.Length);
    }

    [Fact]
    public async Task What_was_asked_is_counted_by_where_the_answer_came_from_with_the_share_of_hits()
    {
        var name = $"cache-{Guid.NewGuid():N}";
        await using var nodes = new CacheNodes(server: null, name);
        var cache = nodes.Add();
        for (var call = 0; call < 4; call++) await cache.GetOrAskAsync("orders:1", _ => new ValueTask<int>(1), entry: null, Token);
        await cache.FindAsync<int>("orders:2", Token);

        using var measured = new Measured();
        measured.Look();

        measured.Values.Where(value => value.Name == "cache_reads_total" && Equals(value.Tags["cache"], name)).Select(value => value.Tags["from"]).ShouldBe(["memory", "redis", "source", "stale", "none"], ignoreOrder: true);
        measured.Values.ShouldContain(value => value.Name == "cache_hit_ratio" && Equals(value.Tags["cache"], name));
        cache.HitRatio.ShouldBe(0.6, tolerance: 0.001);
    }

    [Fact]
    public async Task Strategy_says_of_a_type_what_is_kept_for_how_long_and_what_ends_it()
    {
        await using var program = new ServiceCollection().AddFlexCoreCache(Configure()).AddFlexCoreCacheStrategy<OrderCaching, int, Order>().BuildServiceProvider();
        var orders = program.GetRequiredService<CachedSource<int, Order>>();
        var asked = 0;
        ValueTask<Order> Read(int id, CancellationToken token) => new(new Order(id, IsDraft: id == 13, Version: Interlocked.Increment(ref asked)));

        await orders.GetOrAskAsync(1, Read, Token);
        (await orders.GetOrAskAsync(1, Read, Token)).Version.ShouldBe(1);
        await orders.GetOrAskAsync(13, Read, Token);
        (await orders.GetOrAskAsync(13, Read, Token)).Version.ShouldBe(3);

        await orders.TellAsync("something else", Token);
        (await orders.GetOrAskAsync(1, Read, Token)).Version.ShouldBe(1);
        await orders.TellAsync(new OrderChanged(1), Token);
        (await orders.GetOrAskAsync(1, Read, Token)).Version.ShouldBe(4);
    }

    private static IConfiguration Configure(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();

    private sealed record Order(int Id, bool IsDraft, int Version);

    private sealed record OrderChanged(int Order);

    private sealed class OrderCaching : CacheStrategy<int, Order>
    {
        public override string KeyOf(int question) => $"orders:{question}";

        public override bool ShouldKeep(int question, Order answer) => !answer.IsDraft;

        public override IEnumerable<string> EndedBy(object happened) => happened is OrderChanged changed ? [KeyOf(changed.Order)] : [];
    }
}
