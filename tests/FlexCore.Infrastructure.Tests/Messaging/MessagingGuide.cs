using System.Text.Json;
using CloudNative.CloudEvents;
using FlexCore.EventStore;
using FlexCore.EventStore.Subscriptions;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.Redis;
using FlexCore.Infrastructure.Tests.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Tests.Messaging;

/// <summary>The examples of docs/guides/messaging.md do what it says.</summary>
public sealed class MessagingGuide(SharedRedis redis) : IClassFixture<SharedRedis>, IDisposable
{
    private readonly DataFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Order_is_published_and_mailed_about()
    {
        await using var program = Register(("Transport", "Redis"), ("File", Path.Combine(_folder.Path, "bus.db")));
        var (bus, mails) = (program.GetRequiredService<EventBus>(), new Mails());
        await using var subscription = await SubscribeAsync(bus, mails, Token);

        await PublishAsync(bus, Token);

        (await mails.FirstAsync()).Subject.ShouldBe("order-7");
        await ReplayAsync(bus, Token);
    }

    [Fact]
    public async Task Log_is_published()
    {
        await using var program = Register(("Transport", "InProcess"), ("File", Path.Combine(_folder.Path, "bus.db")));
        await using var store = await SqliteEventStore.OpenAsync(Path.Combine(_folder.Path, "log.db"), TimeProvider.System, cancellationToken: Token);
        var (bus, mails) = (program.GetRequiredService<EventBus>(), new Mails());
        await using var subscription = await SubscribeAsync(bus, mails, Token);
        await using var outbox = Publish(store, bus);

        await store.AppendAsync(new StreamAppend("order-7", ExpectedVersion.NoStream, [new EventData(Guid.CreateVersion7(), "OrderPlaced", "{}"u8.ToArray(), default)]), Token);

        (await mails.FirstAsync()).Type.ShouldBe("OrderPlaced");
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once_with_its_key()
    {
        await using var program = Register(("Transport", "InProcess"), ("Client", "other"), ("Nothing", "1"));

        var wrong = Should.Throw<OptionsValidationException>(() => program.GetRequiredService<EventBus>());

        wrong.Failures.Count().ShouldBe(3);
        wrong.Failures.ShouldAllBe(failure => failure.Contains("FlexCore:EventBus:", StringComparison.Ordinal));
    }

    private ServiceProvider Register(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("FlexCore:Redis:Connection", redis.Server.ConnectionString), .. settings.Select(setting => KeyValuePair.Create($"FlexCore:EventBus:{setting.Key}", (string?)setting.Value))]).Build();
        var builder = new { Services = (IServiceCollection)new ServiceCollection(), Configuration = (IConfiguration)configuration };
        builder.Services.AddFlexCoreRedis(builder.Configuration);
        builder.Services.AddFlexCoreEventBus(builder.Configuration);
        return builder.Services.BuildServiceProvider();
    }

    private static async Task PublishAsync(EventBus bus, CancellationToken token)
    {
        var placed = new CloudEvent
        {
            Id = Guid.CreateVersion7().ToString(), Source = new Uri("https://shop.example/orders"), Type = "order.placed", Subject = "order-7",
            DataContentType = "application/json", Data = JsonElement.Parse("""{"total": 12.50}"""),
        };
        await bus.PublishAsync("shop", placed, key: "order-7", token);   // events of a key stay in their order
    }

    private static async Task<EventBusSubscription> SubscribeAsync(EventBus bus, Mails mails, CancellationToken token)
    {
        var subscription = await bus.SubscribeAsync("shop", "mails", async (received, token) => await mails.SendAsync(received, token), new SubscriberOptions { Concurrency = 4 }, token);
        return subscription;
    }

    private static async Task ReplayAsync(EventBus bus, CancellationToken token)
    {
        foreach (var dead in await bus.ListDeadAsync(new DeadEventQuery("shop", "mails"), token)) await bus.ReplayAsync(dead.Id, token);   // or DiscardAsync
    }

    private static EventSubscription Publish(SqliteEventStore store, EventBus bus)
    {
        var outbox = Outbox.Start(store, bus, new OutboxOptions("shop-outbox", "shop", new Uri("https://shop.example/log")) { Filter = new LogFilter(Category: "order") }, TimeProvider.System);
        return outbox;
    }

    private sealed class Mails
    {
        private readonly EventBusConformance.Handler _handler = new();

        public Task<CloudEvent> FirstAsync() => _handler.FirstAsync();

        public ValueTask SendAsync(CloudEvent received, CancellationToken cancellationToken) => _handler.HandleAsync(received, cancellationToken);
    }
}
