using System.Collections.Concurrent;
using System.Text.Json;
using Amazon.DynamoDBv2.Model;
using FlexCore.Infrastructure.ScyllaDb;
using FlexCore.Infrastructure.Tests.DynamoDb;
using FlexCore.Infrastructure.Tests.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.ScyllaDb;

/// <summary>What is said to nodes, against answers of our own.</summary>
public sealed class ScyllaDbClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nodes_are_asked_in_turn_and_one_that_is_away_holds_nobody_up()
    {
        var (first, second) = (0, 0);
        await using var one = await TestService.StartAsync(context => DynamoDbClientTests.AnswerAsync(context, 200, Interlocked.Increment(ref first) > 0 ? """{"Items":[]}""" : ""));
        await using var two = await TestService.StartAsync(context => DynamoDbClientTests.AnswerAsync(context, 200, Interlocked.Increment(ref second) > 0 ? """{"Items":[]}""" : ""));
        await using var client = Connect(one.Address, "http://127.0.0.1:1", two.Address);

        for (var question = 0; question < 20; question++) await AskAsync(client);

        first.ShouldBeGreaterThanOrEqualTo(6);
        second.ShouldBeGreaterThanOrEqualTo(6);
        (first + second).ShouldBe(20);
    }

    [Fact]
    public async Task Points_get_the_time_at_which_they_leave_and_reads_the_consistency_they_ask_for()
    {
        ConcurrentQueue<(string Target, JsonElement Body)> told = [];
        await using var service = await TestService.StartAsync(async context =>
        {
            told.Enqueue((context.Request.Headers["X-Amz-Target"].ToString().Split('.')[1], (await JsonDocument.ParseAsync(context.Request.Body)).RootElement));
            await DynamoDbClientTests.AnswerAsync(context, 200, "{}");
        });
        await using var client = Connect(service.Address);
        var earliest = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds();

        await client.EnableExpiryAsync("things", Token);
        await client.WriteAsync("things", [new ScyllaPoint("a", DateTimeOffset.UnixEpoch, 7, new Dictionary<string, AttributeValue>(StringComparer.Ordinal))], TimeSpan.FromHours(1), Token);
        await AskAsync(client, ScyllaConsistency.Strong);
        await AskAsync(client, ScyllaConsistency.Eventual);

        told.Select(call => call.Target).ShouldBe(["UpdateTimeToLive", "BatchWriteItem", "Query", "Query"]);
        var calls = told.Select(call => call.Body).ToList();
        var attribute = calls[0].GetProperty("TimeToLiveSpecification").GetProperty("AttributeName").GetString()!;
        var item = calls[1].GetProperty("RequestItems").GetProperty("things")[0].GetProperty("PutRequest").GetProperty("Item");
        long.Parse(item.GetProperty(attribute).GetProperty("N").GetString()!).ShouldBeInRange(earliest, earliest + 600);
        item.GetProperty("flexcore_series_day").GetProperty("S").GetString().ShouldBe("a|1970-01-01");
        item.GetProperty("flexcore_at").GetProperty("S").GetString().ShouldBe("1970-01-01T00:00:00.0000000#0000000000000000007");
        calls[2].GetProperty("ConsistentRead").GetBoolean().ShouldBeTrue();
        calls[3].GetProperty("ConsistentRead").GetBoolean().ShouldBeFalse();
    }

    private static async Task AskAsync(ScyllaDbClient client, ScyllaConsistency consistency = ScyllaConsistency.Eventual) =>
        (await client.ReadAsync("things", "a", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(1), consistency, Token).ToListAsync(Token)).ShouldBeEmpty();

    private static ScyllaDbClient Connect(params string[] addresses)
    {
        var options = new ScyllaDbOptions { Addresses = addresses };
        (options.Retry.Delay, options.Breaker.Enabled) = (TimeSpan.FromMilliseconds(1), false);
        return new ScyllaDbClient("scylladb", options, NullLoggerFactory.Instance, TimeProvider.System);
    }
}
