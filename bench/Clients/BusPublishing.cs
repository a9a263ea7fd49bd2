using System.Diagnostics;
using System.Globalization;
using System.Text;
using CloudNative.CloudEvents;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Clients.Benchmarks;

/// <summary>An event from who publishes it to the one handler of its group: within the process, and from an append of one node's log to the handler of another node, over Redis and RabbitMQ.</summary>
internal static class BusPublishing
{
    private const int Published = 1_000_000;
    private const int Appended = 2_000;

    private static readonly TimeSpan BetweenAppends = TimeSpan.FromMilliseconds(5);

    public static async Task RunAsync(string redis, string rabbit, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-bench-").FullName;
        try
        {
            await WithinProcessAsync(folder, rounds);
            await using var program = Connect(redis, rabbit);
            await FromLogToOtherNodeAsync(folder, "Redis", instance => new RedisStreamTransport(program.GetRequiredKeyedService<RedisClient>(instance), TimeProvider.System), rounds);
            await FromLogToOtherNodeAsync(folder, "RabbitMQ", instance => new RabbitMqTransport(program.GetRequiredKeyedService<RabbitMqClient>(instance), TimeProvider.System), rounds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task WithinProcessAsync(string folder, int rounds)
    {
        await using var bus = new EventBus(new InProcessTransport(), StoreIn(folder, "here"), NullLoggerFactory.Instance, TimeProvider.System);
        var (handled, done) = (0, new TaskCompletionSource());
        await using var subscription = await bus.SubscribeAsync(
            "orders",
            "group",
            (_, _) =>
            {
                if (++handled == Published) done.SetResult();
                return default;
            },
            new SubscriberOptions { Concurrency = 1, RemembersHandled = false },
            CancellationToken.None);
        var published = new CloudEvent { Id = "1", Source = new Uri("https://shop.example"), Type = "order.placed" };
        for (var round = 0; round < rounds; round++)
        {
            (handled, done) = (0, new TaskCompletionSource());
            var (began, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
            for (var number = 0; number < Published; number++) await bus.PublishAsync("orders", published, key: null, CancellationToken.None);
            await done.Task;
            Console.WriteLine(FormattableString.Invariant($"in process, from publisher to handler, {Published} events: {Stopwatch.GetElapsedTime(began).TotalMicroseconds / Published:0.000} µs and {(GC.GetTotalAllocatedBytes() - allocated) / (double)Published:0} bytes for each"));
        }
    }

    private static ServiceProvider Connect(string redis, string rabbit)
    {
        var (settings, services) = (new Dictionary<string, string?>(StringComparer.Ordinal), new ServiceCollection());
        foreach (var instance in new[] { "one", "other" })
        {
            settings[$"FlexCore:Redis:{instance}:Connection"] = redis;
            settings[$"FlexCore:RabbitMq:{instance}:Hosts:0"] = rabbit;
            settings[$"FlexCore:RabbitMq:{instance}:User"] = settings[$"FlexCore:RabbitMq:{instance}:Password"] = "guest";
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        foreach (var instance in new[] { "one", "other" }) services.AddFlexCoreRedis(configuration, instance).AddFlexCoreRabbitMq(configuration, instance);
        return services.BuildServiceProvider();
    }

    private static async Task FromLogToOtherNodeAsync(string folder, string broker, Func<string, IMessageTransport> transport, int rounds)
    {
        await using var log = await SqliteEventStore.OpenAsync(Path.Combine(folder, $"log-{broker}.db"), TimeProvider.System);
        await using var one = new EventBus(transport("one"), StoreIn(folder, $"one-{broker}"), NullLoggerFactory.Instance, TimeProvider.System);
        await using var other = new EventBus(transport("other"), StoreIn(folder, $"other-{broker}"), NullLoggerFactory.Instance, TimeProvider.System);
        await using var outbox = Outbox.Start(log, one, new OutboxOptions("outbox", "orders", new Uri("https://shop.example/log")), TimeProvider.System);
        var (latencies, done) = (new List<double>(), new TaskCompletionSource());
        await using var subscription = await other.SubscribeAsync(
            "orders",
            "group",
            (received, _) =>
            {
                latencies.Add(Stopwatch.GetElapsedTime(long.Parse(received.Type!, CultureInfo.InvariantCulture)).TotalMilliseconds);
                if (latencies.Count == Appended) done.SetResult();
                return default;
            },
            new SubscriberOptions { Concurrency = 1 },
            CancellationToken.None);
        for (var round = 0; round < rounds; round++)
        {
            (latencies, done) = (new List<double>(Appended), new TaskCompletionSource());
            using var pace = new PeriodicTimer(BetweenAppends);
            for (var number = 0; number < Appended; number++)
            {
                await pace.WaitForNextTickAsync();
                var now = Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture);
                await log.AppendAsync(new StreamAppend($"order-{round}-{number}", ExpectedVersion.NoStream, [new EventData(Guid.CreateVersion7(), now, Encoding.UTF8.GetBytes("""{"total": 12.50}"""), default)]));
            }

            await done.Task;
            latencies.Sort();
            Console.WriteLine(FormattableString.Invariant($"from before an append to SQLite to the handler of another node, over {broker}, {1 / BetweenAppends.TotalSeconds:0} a second, {Appended} events: median {latencies[Appended / 2]:0.0} ms, p99 {latencies[Appended * 99 / 100]:0.0} ms, longest {latencies[^1]:0.0} ms"));
        }
    }

    private static EventBusStore StoreIn(string folder, string name) => EventBusStore.OnSqlite(Path.Combine(folder, $"{name}.db"), TimeProvider.System);
}
