using System.Text.Json.Serialization;
using FlexCore.Infrastructure.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>The examples of docs/guides/persistence.md do what it says.</summary>
public sealed class PersistenceGuide : IDisposable
{
    private readonly DataFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Shop_is_changed_found_and_replaced_with_what_belongs_to_it()
    {
        await using var program = Register(new ServiceCollection());
        var store = program.GetRequiredService<IEntityStore>();
        var (shops, orders) = (new Repository<Shop>(store, "shop", ShopJson.Default.Shop), new Repository<Order>(store, "order", ShopJson.Default.Order));
        await shops.CreateAsync("north", new Shop("a.example", "sales", 80, new Tls(Verify: true)), Token);
        await shops.CreateAsync("old", new Shop("b.example", "archive", 8080, new Tls(Verify: false)), Token);

        await new Shops(store).MoveAsync("north", "c.example", Token);
        var (page, count) = await FindAsync(shops, Token);
        (page.ShouldHaveSingleItem().Value.Host, count).ShouldBe(("c.example", 1));

        var shop = page[0];
        await ReplaceAsync(store, shops, orders, shop, shop.Value with { Host = "d.example" }, "1", new Order(12), (await shops.FindAsync("old", Token))!, Token);
        (await shops.FindAsync("north", Token)).ShouldNotBeNull().Value.Host.ShouldBe("d.example");
        ((await orders.ExistsAsync("1", Token)), await shops.ExistsAsync("old", Token)).ShouldBe((true, false));
    }

    private ServiceProvider Register(IServiceCollection services)
    {
        var builder = new { Services = services, Configuration = (IConfiguration)new ConfigurationBuilder().AddInMemoryCollection([new("FlexCore:Persistence:Kind", "JsonFolder"), new("FlexCore:Persistence:Path", Path.Combine(_folder.Path, "catalog"))]).Build() };
        builder.Services.AddFlexCorePersistence(builder.Configuration);
        return services.BuildServiceProvider();
    }

    private static async Task<(IReadOnlyList<Stored<Shop>> Page, long Count)> FindAsync(Repository<Shop> shops, CancellationToken token)
    {
        var large = Specification.All(
            Specification.Field("team").IsOneOf("sales", "billing"),
            Specification.Field("tls", "verify").Is(true),
            Specification.Field("port").IsAtLeast(1024).Negated());
        var (page, next) = await shops.ListAsync(large, after: null, limit: 100, token);
        var count = await shops.CountAsync(large, token);
        next.ShouldBeNull();
        return (page, count);
    }

    private static async Task ReplaceAsync(IEntityStore store, Repository<Shop> shops, Repository<Order> orders, Stored<Shop> shop, Shop moved, string id, Order order, Stored<Shop> old, CancellationToken token)
    {
        await store.CommitAsync([shops.Replacement(shop, moved), orders.Creation(id, order), shops.Deletion(old)], token);
    }
}

internal sealed class Shops(IEntityStore store)
{
    private readonly Repository<Shop> _shops = new(store, "shop", ShopJson.Default.Shop);

    public async Task MoveAsync(string id, string host, CancellationToken token)
    {
        var shop = await _shops.FindAsync(id, token) ?? throw new KeyNotFoundException(id);
        await _shops.UpdateAsync(shop, shop.Value with { Host = host }, token);
    }
}

internal sealed record Shop(string Host, string Team, int Port, Tls Tls);

internal sealed record Tls(bool Verify);

internal sealed record Order(int Total);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Shop))]
[JsonSerializable(typeof(Order))]
internal sealed partial class ShopJson : JsonSerializerContext;
