using System.Collections.Concurrent;
using System.Text;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Infrastructure.Tests.RabbitMq;
using FlexCore.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Messaging;

/// <summary>A RabbitMQ that is killed, or emptied, or full of what is no event.</summary>
public sealed class RabbitMqBusFaults : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DataFolder _folder = new();
    private readonly List<RabbitMqClient> _clients = [];
    private RabbitMqServer _rabbit = null!;
    private EventBusStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _rabbit = await RabbitMqServer.StartAsync();
        _store = EventBusStore.OnSqlite(Path.Combine(_folder.Path, "bus.db"), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await _store.DisposeAsync();
        await _rabbit.DisposeAsync();
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
                await _rabbit.KillAsync();
                await _rabbit.StartAgainAsync();
            }

            await PublishUntilConfirmedAsync(publisher, number);
        }

        await EventBusConformance.Eventually(() => handled.Values.Sum(numbers => numbers.Count) >= Count, "all are handled");
        foreach (var numbers in handled.Values) numbers.ShouldBe(Enumerable.Range(0, Count / 3));
    }

    [Fact]
    public async Task Events_that_wait_outlive_a_server_that_is_killed_in_their_order()
    {
        var bus = Open();
        await (await bus.SubscribeAsync("orders", "group", (_, _) => default, EventBusConformance.Options(), Token)).DisposeAsync();
        await bus.PublishAsync("orders", [.. Enumerable.Range(0, 500).Select(number => EventBusConformance.Event($"{number}", key: "one"))], Token);

        await _rabbit.KillAsync();
        await _rabbit.StartAgainAsync();

        var handler = new EventBusConformance.Handler();
        await using var subscription = await Open().SubscribeAsync("orders", "group", handler.HandleAsync, EventBusConformance.Options(), Token);
        await EventBusConformance.Eventually(() => handler.Got.Count == 500, "all are handled");
        handler.Got.Select(got => got.Id).ShouldBe(Enumerable.Range(0, 500).Select(number => $"{number}"));
    }

    [Fact]
    public async Task Group_whose_queue_was_deleted_and_topic_whose_exchange_was_deleted_are_made_again()
    {
        var handler = new EventBusConformance.Handler();
        var bus = Open();
        await using var subscription = await bus.SubscribeAsync("orders", "group", handler.HandleAsync, EventBusConformance.Options(), Token);
        await bus.PublishAsync("orders", EventBusConformance.Event("before"), key: null, Token);
        await EventBusConformance.Eventually(() => handler.Got.Count == 1, "it works");

        await _clients[0].DeleteExchangeAsync("bus:orders", Token);
        await bus.PublishAsync("orders", EventBusConformance.Event("nobody is bound"), key: null, Token);
        await _clients[0].DeleteQueueAsync("bus:orders:group", Token);

        var number = 0;
        await EventBusConformance.Eventually(
            async () =>
            {
                await bus.PublishAsync("orders", EventBusConformance.Event($"after {number++}"), key: null, Token);
                return handler.Got.Count > 1;
            },
            "what is published after the group has its queue again is handled");
    }

    [Fact]
    public async Task Names_of_the_longest_topics_and_groups_and_keys_of_any_length_do()
    {
        var (topic, group, handler, bus) = (new string('t', 200), new string('g', 200), new EventBusConformance.Handler(), Open());
        await using var subscription = await bus.SubscribeAsync(topic, group, handler.HandleAsync, EventBusConformance.Options(), Token);

        await bus.PublishAsync(topic, EventBusConformance.Event(new string('i', 300)), new string('k', 1000), Token);

        (await handler.FirstAsync())["partitionkey"].ShouldBe(new string('k', 1000));
    }

    [Fact]
    public async Task What_is_no_event_is_put_aside_as_it_was_and_others_go_on()
    {
        var handler = new EventBusConformance.Handler();
        var bus = Open();
        await using var subscription = await bus.SubscribeAsync("orders", "group", handler.HandleAsync, EventBusConformance.Options(), Token);
        byte[][] garbage = ["garbage"u8.ToArray(), [], "[]"u8.ToArray(), """{"specversion":"1.0","id":1}"""u8.ToArray(), new byte[2_000_000]];
        foreach (var body in garbage) await _clients[0].PublishAsync(new RabbitMqMessage("bus:orders", "", body) { Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["key"] = 7 } }, Token);

        await bus.PublishAsync("orders", EventBusConformance.Event("1"), key: null, Token);

        (await handler.FirstAsync()).Id.ShouldBe("1");
        await EventBusConformance.Eventually(async () => (await bus.ListDeadAsync(new DeadEventQuery(), Token)).Count == garbage.Length, "all of it is put aside");
        var dead = await bus.ListDeadAsync(new DeadEventQuery(), Token);
        dead.ShouldAllBe(each => each.Attempts == 0);
        dead.Select(each => Encoding.UTF8.GetString(each.Body.Span)).ShouldContain("garbage");
        await Should.ThrowAsync<FormatException>(async () => await bus.ReplayAsync(dead[0].Id, Token));
    }

    [Fact]
    public async Task Events_that_were_lent_to_one_whose_connection_broke_are_handled_by_the_next_in_their_order()
    {
        var proxy = new CuttingProxy(_rabbit.Port);
        var (publisher, first, second) = (Open(), Open($"127.0.0.1:{proxy.Port}"), Open());
        var (begun, order) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ConcurrentQueue<string>());
        await using var held = await first.SubscribeAsync("orders", "group", async (_, token) =>
        {
            begun.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        }, EventBusConformance.Options(options => options.DrainTimeout = TimeSpan.Zero), Token);
        await using var next = await second.SubscribeAsync("orders", "group", (received, _) =>
        {
            order.Enqueue(received.Id!);
            return default;
        }, EventBusConformance.Options(), Token);
        await publisher.PublishAsync("orders", [.. Enumerable.Range(0, 300).Select(number => EventBusConformance.Event($"{number}", key: "one"))], Token);
        await Task.WhenAny(begun.Task, Task.Run(() => EventBusConformance.Eventually(() => !order.IsEmpty, "one of the two has them"), Token));

        // The first one is told of its end by no answer but by a connection that is gone.
        await proxy.DisposeAsync();

        await EventBusConformance.Eventually(() => order.Count == 300, "all are handled");
        order.ShouldBe(Enumerable.Range(0, 300).Select(number => $"{number}"));
    }

    private EventBus Open(string? address = null)
    {
        var client = SharedRabbitMq.Connect(address ?? _rabbit.Address);
        _clients.Add(client);
        return new EventBus(new RabbitMqTransport(client, TimeProvider.System), _store, NullLoggerFactory.Instance, TimeProvider.System);
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
