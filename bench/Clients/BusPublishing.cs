using System.Diagnostics;
using CloudNative.CloudEvents;
using FlexCore.Infrastructure.Messaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Clients.Benchmarks;

/// <summary>An event from who publishes it to the one handler of its group, within the process.</summary>
internal static class BusPublishing
{
    private const int Count = 1_000_000;

    public static async Task RunAsync(int rounds)
    {
        await using var transport = new InProcessTransport();
        await using var store = EventBusStore.OnSqlite(Path.Combine(Path.GetTempPath(), $"flexcore-bench-{Environment.ProcessId}.db"), TimeProvider.System);
        var bus = new EventBus(transport, store, NullLoggerFactory.Instance, TimeProvider.System);
        var (handled, done) = (0, new TaskCompletionSource());
        await using var subscription = await bus.SubscribeAsync(
            "orders",
            "group",
            (_, _) =>
            {
                if (++handled == Count) done.SetResult();
                return default;
            },
            new SubscriberOptions { Concurrency = 1, RemembersHandled = false },
            CancellationToken.None);
        var published = new CloudEvent { Id = "1", Source = new Uri("https://shop.example"), Type = "order.placed" };
        for (var round = 0; round < rounds; round++)
        {
            (handled, done) = (0, new TaskCompletionSource());
            var (began, allocated) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes());
            for (var number = 0; number < Count; number++) await bus.PublishAsync("orders", published, key: null, CancellationToken.None);
            await done.Task;
            Console.WriteLine(FormattableString.Invariant($"in process, from publisher to handler, {Count} events: {Stopwatch.GetElapsedTime(began).TotalMicroseconds / Count:0.000} µs and {(GC.GetTotalAllocatedBytes() - allocated) / (double)Count:0} bytes for each"));
        }
    }
}
