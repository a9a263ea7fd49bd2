using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Caching;

/// <summary>The examples of docs/guides/caching.md do what it says.</summary>
public sealed class CachingGuide
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Order_is_asked_for_once()
    {
        await using var program = Register(new ServiceCollection());
        var orders = new Orders();

        for (var time = 0; time < 2; time++) (await FindAsync(program.GetRequiredService<Cache>(), orders, new OrderId(7), "ada", Token)).ShouldBe(new Order(IsDraft: false, IsClosed: true));

        orders.Asked.ShouldBe(1);
        program.GetRequiredKeyedService<Cache>("carts").ShouldNotBeNull();
    }

    [Fact]
    public async Task Strategy_says_what_is_kept_and_what_ends_it()
    {
        await using var program = Register(new ServiceCollection());
        var (orders, store) = (program.GetRequiredService<CachedSource<OrderId, Order>>(), new Orders());

        await ReadAsync(orders, store, new OrderId(7), Token);
        await ReadAsync(orders, store, new OrderId(7), Token);
        store.Asked.ShouldBe(2, "it has changed after each");
    }

    private static ServiceProvider Register(IServiceCollection services)
    {
        var builder = new { Services = services, Configuration = (IConfiguration)new ConfigurationBuilder().AddInMemoryCollection([new("FlexCore:Redis:Connection", "127.0.0.1:1")]).Build() };
        builder.Services.AddFlexCoreRedis(builder.Configuration);          // FlexCore:Redis
        builder.Services.AddFlexCoreCache(builder.Configuration);          // FlexCore:Cache
        builder.Services.AddFlexCoreCache(builder.Configuration, "carts"); // FlexCore:Cache:carts, a keyed service
        services.AddFlexCoreCacheStrategy<OrderCaching, OrderId, Order>();   // of the cache without a name; or of one with
        return services.BuildServiceProvider();
    }

    private static async Task<Order> FindAsync(Cache cache, Orders orders, OrderId id, string customer, CancellationToken token)
    {
        var order = await cache.GetOrAskAsync($"orders:{id}", token => orders.ReadAsync(id, token), new CacheEntry { Tags = [$"customer:{customer}"] }, token);
        return order;
    }

    private static async Task<Order> ReadAsync(CachedSource<OrderId, Order> orders, Orders store, OrderId id, CancellationToken token)
    {
        var order = await orders.GetOrAskAsync(id, (id, token) => store.ReadAsync(id, token), token);   // CachedSource<OrderId, Order>
        await orders.TellAsync(new OrderChanged(id), token);
        return order;
    }

    internal readonly record struct OrderId(int Number);

    internal sealed record Order(bool IsDraft, bool IsClosed);

    internal sealed record OrderChanged(OrderId Order);

    private sealed class Orders
    {
        public int Asked { get; private set; }

        public ValueTask<Order> ReadAsync(OrderId id, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Asked++;
            return new(new Order(IsDraft: id.Number == 0, IsClosed: true));
        }
    }

    internal sealed class OrderCaching : CacheStrategy<OrderId, Order>
    {
        public override string KeyOf(OrderId order) => $"orders:{order}";

        public override bool ShouldKeep(OrderId id, Order order) => !order.IsDraft;

        public override CacheEntry EntryOf(OrderId id, Order order) => new() { Lifetime = order.IsClosed ? TimeSpan.FromHours(1) : null };

        public override IEnumerable<string> EndedBy(object happened) => happened is OrderChanged changed ? [KeyOf(changed.Order)] : [];
    }
}
