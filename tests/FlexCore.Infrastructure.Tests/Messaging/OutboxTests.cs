using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.Redis;
using FlexCore.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Messaging;

/// <summary>What an event store has appended goes to the bus, over a Redis that is killed meanwhile.</summary>
public sealed class OutboxTests : IAsyncLifetime
{
    private static readonly OutboxOptions Options = new("outbox", "shop", new Uri("https://shop.example/log"));

    private readonly DataFolder _folder = new();
    private RedisServer _redis = null!;
    private RedisClient _client = null!;
    private EventBusStore _busStore = null!;
    private SqliteEventStore _store = null!;
    private EventBus _bus = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        var options = new RedisOptions { Connection = _redis.ConnectionString };
        options.Breaker.Enabled = false;
        _client = new RedisClient("redis", options, NullLoggerFactory.Instance, TimeProvider.System);
        _busStore = EventBusStore.OnSqlite(Path.Combine(_folder.Path, "bus.db"), TimeProvider.System);
        _bus = new EventBus(new RedisStreamTransport(_client, TimeProvider.System), _busStore, NullLoggerFactory.Instance, TimeProvider.System);
        _store = await SqliteEventStore.OpenAsync(Path.Combine(_folder.Path, "log.db"), TimeProvider.System, cancellationToken: Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _client.DisposeAsync();
        await _busStore.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Event_is_published_as_what_it_is_in_the_log()
    {
        var handler = new EventBusConformance.Handler();
        await using var subscription = await _bus.SubscribeAsync("shop", "group", handler.HandleAsync, EventBusConformance.Options(), Token);
        await using var outbox = Outbox.Start(_store, _bus, Options with { TraceParent = recorded => Encoding.UTF8.GetString(recorded.Metadata.Span) }, TimeProvider.System);
        var id = Guid.CreateVersion7();
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        await _store.AppendAsync(new StreamAppend("order-7", ExpectedVersion.NoStream, [new EventData(id, "OrderPlaced", """{"amount":12.50}"""u8.ToArray(), Encoding.UTF8.GetBytes(Trace))]), Token);

        var got = await handler.FirstAsync();
        (got.Id, got.Source, got.Type, got.Subject, got["partitionkey"], got["sequence"], got["traceparent"]).ShouldBe((id.ToString(), new Uri("https://shop.example/log"), "OrderPlaced", "order-7", "order-7", "1", Trace));
        ((JsonElement)got.Data!).GetRawText().ShouldBe("""{"amount":12.50}""");
    }

    [Fact]
    public async Task All_that_is_committed_arrives_in_the_order_of_its_stream_though_the_broker_is_killed_and_the_outbox_starts_again()
    {
        const int Streams = 5;
        const int Each = 60;
        var got = new ConcurrentDictionary<string, ConcurrentQueue<long>>(StringComparer.Ordinal);
        await using var subscription = await _bus.SubscribeAsync("shop", "group", (received, _) =>
        {
            got.GetOrAdd(received.Subject!, _ => new ConcurrentQueue<long>()).Enqueue(((JsonElement)received.Data!).GetProperty("number").GetInt64());
            return default;
        }, EventBusConformance.Options(), Token);
        var outbox = Outbox.Start(_store, _bus, Options, TimeProvider.System);

        for (var number = 0; number < Each; number++)
        {
            if (number == 20)
            {
                await _redis.KillAsync();
            }
            else if (number == 30)
            {
                await outbox.DisposeAsync();
                outbox = Outbox.Start(_store, _bus, Options, TimeProvider.System);
            }
            else if (number == 40)
            {
                await _redis.StartAgainAsync();
            }

            for (var stream = 0; stream < Streams; stream++)
            {
                await _store.AppendAsync(new StreamAppend($"order-{stream}", number == 0 ? ExpectedVersion.NoStream : ExpectedVersion.Exact(number), [new EventData(Guid.CreateVersion7(), "Counted", Encoding.UTF8.GetBytes($$"""{"number":{{number}}}"""), default)]), Token);
            }
        }

        await EventBusConformance.Eventually(() => got.Values.Sum(numbers => numbers.Count) >= Streams * Each, "all have arrived");
        await outbox.DisposeAsync();
        got.Keys.Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, Streams).Select(stream => $"order-{stream}"));
        foreach (var numbers in got.Values) numbers.ShouldBe(Enumerable.Range(0, Each).Select(number => (long)number));
    }

    [Fact]
    public async Task Event_that_can_never_be_published_is_parked_and_those_behind_it_go_on()
    {
        var handler = new EventBusConformance.Handler();
        await using var subscription = await _bus.SubscribeAsync("shop", "group", handler.HandleAsync, EventBusConformance.Options(), Token);
        await using var outbox = Outbox.Start(_store, _bus, Options, TimeProvider.System);
        var large = Encoding.UTF8.GetBytes($"\"{new string('x', 1_100_000)}\"");

        await _store.AppendAsync(new StreamAppend("order-1", ExpectedVersion.NoStream, [new EventData(Guid.CreateVersion7(), "Large", large, default), new EventData(Guid.CreateVersion7(), "Small", "not JSON"u8.ToArray(), default)]), Token);

        var got = await handler.FirstAsync();
        (got.Type, got.DataContentType).ShouldBe(("Small", "application/octet-stream"));
        Encoding.UTF8.GetString((byte[])got.Data!).ShouldBe("not JSON");
        await EventBusConformance.Eventually(async () => (await outbox.ListParkedAsync(cancellationToken: Token)).Count == 1, "it is parked");
        (await outbox.ListParkedAsync(cancellationToken: Token)).Single().Error.ShouldContain("bytes");
    }
}
