using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Tests.Redis;

public sealed class RedisStreamsTests(SharedRedis redis) : IClassFixture<SharedRedis>, IAsyncDisposable
{
    private readonly RedisClient _client = RedisClientTests.Connect(redis.Server.ConnectionString, $"{Guid.NewGuid():N}:");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Consumers_of_a_group_share_the_entries_and_each_is_got_once()
    {
        await _client.CreateGroupAsync("orders", "workers", fromBeginning: true, Token);
        await _client.CreateGroupAsync("orders", "workers", fromBeginning: true, Token);
        for (var number = 0; number < 10; number++) await _client.AppendAsync("orders", [new("n", number), new("bytes", new byte[] { 0, 255 })], keep: null, Token);

        var one = await _client.ReadGroupAsync("orders", "workers", "one", 4, Token);
        var two = await _client.ReadGroupAsync("orders", "workers", "two", 100, Token);

        one.Concat(two).Select(entry => (int)entry.Fields[0].Value).ShouldBe(Enumerable.Range(0, 10));
        one.Count.ShouldBe(4);
        ((byte[]?)one[0].Fields[1].Value).ShouldBe([0, 255]);
        (await _client.ReadGroupAsync("orders", "workers", "one", 100, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_consumer_that_died_has_not_acknowledged_another_one_takes_over()
    {
        await _client.CreateGroupAsync("jobs", "workers", fromBeginning: true, Token);
        await _client.AppendAsync("jobs", [new("n", 1)], keep: null, Token);
        await _client.AppendAsync("jobs", [new("n", 2)], keep: null, Token);
        var had = await _client.ReadGroupAsync("jobs", "workers", "dead", 10, Token);
        (await _client.AcknowledgeAsync("jobs", "workers", [had[0].Id], Token)).ShouldBe(1);

        var taken = await _client.ClaimAsync("jobs", "workers", "alive", TimeSpan.Zero, 10, Token);

        taken.ShouldHaveSingleItem().Id.ShouldBe(had[1].Id);
        (await _client.AcknowledgeAsync("jobs", "workers", [had[0].Id, had[1].Id], Token)).ShouldBe(1);
        (await _client.ClaimAsync("jobs", "workers", "alive", TimeSpan.Zero, 10, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stream_keeps_about_as_many_entries_as_it_is_told_to()
    {
        for (var number = 0; number < 1000; number++) await _client.AppendAsync("short", [new("n", (RedisValue)number)], keep: 10, Token);

        (await _client.LengthAsync("short", Token)).ShouldBeLessThan(300);
    }

    [Fact]
    public async Task Group_that_nobody_made_is_told()
    {
        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.ReadGroupAsync("nothing", "nobody", "one", 1, Token))).Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
