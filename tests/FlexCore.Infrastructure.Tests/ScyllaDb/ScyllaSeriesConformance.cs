using Amazon.DynamoDBv2.Model;
using FlexCore.Infrastructure.ScyllaDb;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Infrastructure.Tests.DynamoDb;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.ScyllaDb;

/// <summary>What series do, whatever answers.</summary>
public abstract class ScyllaSeriesConformance : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 2, 27, 22, 0, 0, TimeSpan.Zero);

    private readonly string _table = $"t{Guid.NewGuid():N}";
    private ScyllaDbClient _client = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Where it answers.</summary>
    protected abstract string Address { get; }

    public async ValueTask InitializeAsync()
    {
        _client = Connect(Address);
        await _client.CreateTableAsync(_table, Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null) await _client.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Points_of_many_days_come_in_the_order_of_their_times()
    {
        // Half an hour apart over three days, in any order, and others of another series whose name begins alike.
        var points = Enumerable.Range(0, 120).Select(number => Point("a", Start.AddMinutes(30 * number), 0, $"{number}")).ToArray();
        Random.Shared.Shuffle(points);
        await _client.WriteAsync(_table, [.. points, Point("a|2026-02-28", Start.AddHours(3), 0, "other")], keepFor: null, Token);

        var read = await ReadAsync("a", Start.AddMinutes(30), Start.AddMinutes(30 * 119), ScyllaConsistency.Strong);

        read.Select(point => point.Values["text"].S).ShouldBe(Enumerable.Range(1, 118).Select(number => $"{number}"));
        read.ShouldAllBe(point => point.Series == "a" && point.Values.Count == 1);
        read[0].At.ShouldBe(Start.AddMinutes(30));
    }

    [Fact]
    public async Task Points_of_one_time_are_told_apart_and_ordered_by_their_sequence_and_written_again_in_their_place()
    {
        var at = Start.AddTicks(1);
        await _client.WriteAsync(_table, [Point("a", at, 10, "ten"), Point("a", at, 9, "nine"), Point("a", Start, long.MaxValue, "before")], keepFor: null, Token);
        await _client.WriteAsync(_table, [Point("a", at.ToOffset(TimeSpan.FromHours(9)), 9, "nine again")], keepFor: null, Token);

        var read = await ReadAsync("a", at, at.AddTicks(1), ScyllaConsistency.Eventual);

        read.Select(point => (point.At, point.Sequence, point.Values["text"].S)).ShouldBe([(at, 9, "nine again"), (at, 10, "ten")]);
        (await ReadAsync("a", at, at, ScyllaConsistency.Strong)).ShouldBeEmpty();
    }

    [Fact]
    public async Task More_points_than_a_page_holds_all_come()
    {
        // 1 MB is a page.
        var text = new string('x', 30_000);
        await _client.WriteAsync(_table, Enumerable.Range(0, 60).Select(number => Point("a", Start, number, text)), keepFor: null, Token);

        (await ReadAsync("a", Start, Start.AddDays(1), ScyllaConsistency.Strong)).Select(point => point.Sequence).ShouldBe(Enumerable.Range(0, 60).Select(number => (long)number));
    }

    [Fact]
    public async Task Questions_are_measured_by_their_consistency()
    {
        using var metrics = new Measured();

        await _client.WriteAsync(_table, [Point("a", Start, 0, "x")], TimeSpan.FromDays(1), Token);
        await ReadAsync("a", Start, Start.AddHours(1), ScyllaConsistency.Strong);
        await ReadAsync("a", Start, Start.AddHours(1), ScyllaConsistency.Eventual);

        metrics.Values.Where(value => value.Name == "scylladb_query_duration_seconds").Select(value => value.Tags["consistency_level"]).Distinct().ShouldBe(["LOCAL_QUORUM", "LOCAL_ONE"], ignoreOrder: true);
    }

    private static ScyllaDbClient Connect(params string[] addresses)
    {
        var options = new ScyllaDbOptions { Addresses = addresses };
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        return new ScyllaDbClient("scylladb", options, NullLoggerFactory.Instance, TimeProvider.System);
    }

    private static ScyllaPoint Point(string series, DateTimeOffset at, long sequence, string text) =>
        new(series, at, sequence, new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["text"] = new(text) });

    private ValueTask<List<ScyllaPoint>> ReadAsync(string series, DateTimeOffset from, DateTimeOffset to, ScyllaConsistency consistency) => _client.ReadAsync(_table, series, from, to, consistency, Token).ToListAsync(Token);
}

/// <summary>Against a stand-in.</summary>
public sealed class DynaliteSeriesTests(SharedDynalite dynalite) : ScyllaSeriesConformance, IClassFixture<SharedDynalite>
{
    protected override string Address => dynalite.Server.Address;
}

/// <summary>Against a ScyllaDB with Alternator that <c>FLEXCORE_TEST_SCYLLADB</c> names, as <c>http://127.0.0.1:8000</c>.</summary>
public sealed class AlternatorSeriesTests : ScyllaSeriesConformance
{
    protected override string Address
    {
        get
        {
            var address = Environment.GetEnvironmentVariable("FLEXCORE_TEST_SCYLLADB");
            Assert.SkipWhen(address is null, "There is no ScyllaDB here: FLEXCORE_TEST_SCYLLADB must name one with Alternator, as http://127.0.0.1:8000.");
            return address!;
        }
    }
}
