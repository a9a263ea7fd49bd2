using System.Collections.Concurrent;
using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.Redis;
using FlexCore.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Tests.Messaging;

/// <summary>A Redis that writes down what it has, and is killed.</summary>
public sealed class RedisBusFaults : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DataFolder _folder = new();
    private readonly List<RedisClient> _clients = [];
    private readonly List<RedisStreamTransport> _transports = [];
    private RedisServer _redis = null!;
    private EventBusStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        _store = EventBusStore.OnSqlite(Path.Combine(_folder.Path, "bus.db"), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await _store.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Server_that_is_killed_in_the_middle_loses_no_event_and_changes_no_order()
    {
        const int Count = 300;
        var (publisher, bus) = (Open(), Open());
        var handled = new ConcurrentDictionary<string, ConcurrentQueue<int>>(StringComparer.Ordinal);
        await using var subscription = await bus.SubscribeAsync("orders", "group", (received, _) =>
        {
            handled.GetOrAdd((string)received["partitionkey"]!, _ => new ConcurrentQueue<int>()).Enqueue(int.Parse(received.Subject!));
            return default;
        }, EventBusConformance.Options(), Token);

        for (var number = 0; number < Count; number++)
        {
            if (number is 100 or 200)
            {
                await _redis.KillAsync();
                await _redis.StartAgainAsync();
            }

            await PublishUntilConfirmedAsync(publisher, number);
        }

        await EventBusConformance.Eventually(() => handled.Values.Sum(numbers => numbers.Count) >= Count, "all are handled");
        foreach (var numbers in handled.Values) numbers.ShouldBe(Enumerable.Range(0, Count / 3));
    }

    [Fact]
    public async Task Server_that_has_lost_all_brings_what_is_published_from_then_on()
    {
        var handler = new EventBusConformance.Handler();
        var bus = Open();
        await using var subscription = await bus.SubscribeAsync("orders", "group", handler.HandleAsync, EventBusConformance.Options(), Token);
        await _redis.AskAsync("FLUSHALL");

        await bus.PublishAsync("orders", EventBusConformance.Event("1"), key: null, Token);

        (await handler.FirstAsync()).Id.ShouldBe("1");
    }

    [Fact]
    public async Task What_is_no_event_is_put_aside_as_it_was_and_others_go_on()
    {
        var handler = new EventBusConformance.Handler();
        var bus = Open();
        await using var subscription = await bus.SubscribeAsync("orders", "group", handler.HandleAsync, EventBusConformance.Options(), Token);
        RedisValue[] garbage = ["garbage", "[]", """{"specversion":"1.0","id":1}""", new string('[', 200), new byte[2_000_000]];
        foreach (var body in garbage) await _clients[0].AppendAsync("bus:orders", [new("key", ""), new("event", body)], keep: null, Token);
        await _clients[0].AppendAsync("bus:orders", [new("something", "else")], keep: null, Token);

        await bus.PublishAsync("orders", EventBusConformance.Event("1"), key: null, Token);

        (await handler.FirstAsync()).Id.ShouldBe("1");
        await EventBusConformance.Eventually(async () => (await bus.ListDeadAsync(new DeadEventQuery(), Token)).Count == garbage.Length + 1, "all of it is put aside");
        var dead = await bus.ListDeadAsync(new DeadEventQuery(), Token);
        dead.ShouldAllBe(each => each.Attempts == 0);
        dead.Select(each => Encoding.UTF8.GetString(each.Body.Span)).ShouldContain("garbage");
        await Should.ThrowAsync<FormatException>(async () => await bus.ReplayAsync(dead[0].Id, Token));
    }

    [Fact]
    public async Task What_whoever_had_the_turn_has_left_is_handled_by_the_next_before_anything_else()
    {
        var bus = Open();
        await (await bus.SubscribeAsync("orders", "group", (_, _) => default, EventBusConformance.Options(), Token)).DisposeAsync();
        for (var number = 0; number < 250; number++) await bus.PublishAsync("orders", EventBusConformance.Event($"{number}", key: "one"), key: null, Token);
        (await _clients[0].ReadGroupAsync("bus:orders", "group", "the one", 230, Token)).Count.ShouldBe(230);

        var order = new ConcurrentQueue<string>();
        await using var subscription = await bus.SubscribeAsync("orders", "group", (received, _) =>
        {
            order.Enqueue(received.Id!);
            return default;
        }, EventBusConformance.Options(), Token);

        await EventBusConformance.Eventually(() => order.Count == 250, "all are handled");
        order.ShouldBe(Enumerable.Range(0, 250).Select(number => $"{number}"));
    }

    [Fact]
    public async Task Events_leave_the_stream_when_all_groups_have_handled_them_and_not_before()
    {
        var (bus, handler) = (Open(), new EventBusConformance.Handler());
        await (await bus.SubscribeAsync("orders", "late", (_, _) => default, EventBusConformance.Options(), Token)).DisposeAsync();
        await using var swift = await bus.SubscribeAsync("orders", "swift", handler.HandleAsync, EventBusConformance.Options(), Token);
        for (var number = 0; number < 500; number++) await bus.PublishAsync("orders", EventBusConformance.Event($"{number}"), key: null, Token);
        await EventBusConformance.Eventually(() => handler.Got.Count == 500, "one of them has handled all");

        await _transports[0].TrimAsync("orders", Token);
        (await _clients[0].LengthAsync("bus:orders", Token)).ShouldBe(500);

        await using var late = await bus.SubscribeAsync("orders", "late", (_, _) => default, EventBusConformance.Options(), Token);
        await EventBusConformance.Eventually(
            async () =>
            {
                await _transports[0].TrimAsync("orders", Token);
                return await _clients[0].LengthAsync("bus:orders", Token) <= 100; // Redis removes whole blocks of entries
            },
            "they have left");
    }

    private EventBus Open()
    {
        var options = new RedisOptions { Connection = _redis.ConnectionString };
        options.Breaker.Enabled = false;
        var client = new RedisClient("redis", options, NullLoggerFactory.Instance, TimeProvider.System);
        _clients.Add(client);
        _transports.Add(new RedisStreamTransport(client, TimeProvider.System));
        return new EventBus(_transports[^1], _store, NullLoggerFactory.Instance, TimeProvider.System);
    }

    private static async Task PublishUntilConfirmedAsync(EventBus bus, int number)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await bus.PublishAsync("orders", EventBusConformance.Event($"{number}", key: $"{number % 3}", subject: $"{number / 3}"), key: null, Token);
                return;
            }
            catch (FlexCoreException) when (TimeProvider.System.GetElapsedTime(began) < Patience)
            {
                // As who publishes what must not be lost does: again, with the same id.
                await Task.Delay(50, Token);
            }
        }
    }
}
