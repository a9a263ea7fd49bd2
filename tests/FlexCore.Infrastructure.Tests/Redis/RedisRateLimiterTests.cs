using FlexCore.Infrastructure.Redis;

namespace FlexCore.Infrastructure.Tests.Redis;

public sealed class RedisRateLimiterTests(SharedRedis redis) : IClassFixture<SharedRedis>, IAsyncDisposable
{
    private readonly RedisClient _client = RedisClientTests.Connect(redis.Server.ConnectionString, $"{Guid.NewGuid():N}:");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_many_callers_at_once_as_many_are_let_through_as_the_limit_says()
    {
        var limiter = new RedisRateLimiter(_client, "api", 10, TimeSpan.FromHours(1));

        var decisions = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => await limiter.TryTakeAsync("caller", 1, Token)));

        decisions.Count(decision => decision.IsAllowed).ShouldBe(10);
        decisions.Where(decision => !decision.IsAllowed).ShouldAllBe(decision => decision.RetryAfter > TimeSpan.FromMinutes(5) && decision.RetryAfter <= TimeSpan.FromMinutes(6));
        (await limiter.TryTakeAsync("another", 1, Token)).ShouldBe(new RateLimitDecision(true, 9, TimeSpan.Zero));
    }

    [Fact]
    public async Task Several_are_taken_all_or_none()
    {
        var limiter = new RedisRateLimiter(_client, "batch", 10, TimeSpan.FromHours(1));

        (await limiter.TryTakeAsync("caller", 8, Token)).IsAllowed.ShouldBeTrue();
        (await limiter.TryTakeAsync("caller", 3, Token)).IsAllowed.ShouldBeFalse();
        (await limiter.TryTakeAsync("caller", 2, Token)).ShouldBe(new RateLimitDecision(true, 0, TimeSpan.Zero));
        (await limiter.TryTakeAsync("other", 11, Token)).IsAllowed.ShouldBeFalse();
        (await limiter.TryTakeAsync("other", 0, Token)).Remaining.ShouldBe(10);
    }

    [Fact]
    public async Task What_was_taken_comes_back_with_time_and_leaves_nothing_behind()
    {
        var limiter = new RedisRateLimiter(_client, "brief", 2, TimeSpan.FromMilliseconds(100));
        await limiter.TryTakeAsync("caller", 2, Token);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await limiter.TryTakeAsync("caller", 0, Token)).Remaining < 2) await Task.Delay(10, limit.Token);
        while (!(await _client.GetAsync("brief:caller", Token)).IsNull) await Task.Delay(10, limit.Token);
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
