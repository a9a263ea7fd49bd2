using System.Collections.Concurrent;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Scheduling;
using FlexCore.Infrastructure.Tests.Coordination;

namespace FlexCore.Infrastructure.Tests.Scheduling;

public sealed class QuartzAlarmsTests
{
    private static int _count;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DateTimeOffset Soon => TimeProvider.System.GetUtcNow().AddMilliseconds(500);

    [Fact]
    public async Task Alarm_rings_at_its_time_and_again_when_it_is_told_to()
    {
        var rung = new Rung(again: 3);
        await using var alarms = QuartzAlarms.InMemory(TimeProvider.System);
        await alarms.StartAsync(rung.RingAsync, Token);

        await alarms.SetAsync("orders", Soon, Token);

        await rung.WaitForAsync(3);
    }

    [Fact]
    public async Task Alarm_whose_time_is_past_rings_at_once()
    {
        var rung = new Rung();
        await using var alarms = QuartzAlarms.InMemory(TimeProvider.System);
        await alarms.StartAsync(rung.RingAsync, Token);

        await alarms.SetAsync("orders", TimeProvider.System.GetUtcNow().AddDays(-1), Token);

        await rung.WaitForAsync(1);
    }

    [Fact]
    public async Task Alarm_that_is_taken_back_or_set_to_later_does_not_ring()
    {
        var rung = new Rung();
        await using var alarms = QuartzAlarms.InMemory(TimeProvider.System);
        await alarms.StartAsync(rung.RingAsync, Token);
        await alarms.SetAsync("never", Soon, Token);
        await alarms.SetAsync("later", Soon, Token);

        await alarms.SetAsync("never", null, Token);
        await alarms.SetAsync("later", Soon.AddHours(1), Token);
        await alarms.SetAsync("last", Soon.AddMilliseconds(500), Token);

        await rung.WaitForAsync(1);
        rung.Names.ShouldBe(["last"]);
    }

    [Fact]
    public async Task Each_alarm_rings_at_one_of_several_nodes()
    {
        var (rung, schema) = (new Rung(), await MakeSchemaAsync());
        await using var first = QuartzAlarms.Clustered(PostgresFixture.ConnectionString, schema, TimeProvider.System);
        await using var second = QuartzAlarms.Clustered(PostgresFixture.ConnectionString, schema, TimeProvider.System);
        await Task.WhenAll(first.StartAsync(rung.RingAsync, Token).AsTask(), second.StartAsync(rung.RingAsync, Token).AsTask());
        var at = Soon.AddSeconds(1);

        foreach (var alarms in (QuartzAlarms[])[first, second])
        {
            for (var i = 0; i < 20; i++) await alarms.SetAsync($"pipeline-{i:00}", at, Token);
        }

        await rung.WaitForAsync(20);
        rung.Names.Order().ShouldBe(Enumerable.Range(0, 20).Select(i => $"pipeline-{i:00}"));
    }

    [Fact]
    public async Task Alarm_of_a_node_that_has_ended_rings_at_another()
    {
        var (rung, schema) = (new Rung(), await MakeSchemaAsync());
        await using var second = QuartzAlarms.Clustered(PostgresFixture.ConnectionString, schema, TimeProvider.System);
        await second.StartAsync(rung.RingAsync, Token);
        await using (var first = QuartzAlarms.Clustered(PostgresFixture.ConnectionString, schema, TimeProvider.System))
        {
            await first.StartAsync((_, _) => throw new InvalidOperationException("it ended before"), Token);
            await first.SetAsync("orders", Soon.AddSeconds(5), Token);
        }

        await rung.WaitForAsync(1);
        rung.Names.ShouldBe(["orders"]);
    }

    private static async Task<string> MakeSchemaAsync()
    {
        var schema = $"alarms_{Interlocked.Increment(ref _count)}";
        await using var store = await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, schema, cancellationToken: Token);
        return schema;
    }

    /// <summary>Writes down what has rung.</summary>
    private sealed class Rung(int again = 1)
    {
        private readonly ConcurrentQueue<string> _names = new();

        public IEnumerable<string> Names => _names;

        public Task<DateTimeOffset?> RingAsync(string name, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _names.Enqueue(name);
            return Task.FromResult(_names.Count < again ? Soon : (DateTimeOffset?)null);
        }

        public async Task WaitForAsync(int count)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (_names.Count < count) await Task.Delay(20, patience.Token);
        }
    }
}
