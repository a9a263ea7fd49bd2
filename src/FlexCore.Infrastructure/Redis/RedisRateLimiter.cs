using StackExchange.Redis;

namespace FlexCore.Infrastructure.Redis;

/// <summary>Whether something may be done now, within a limit of so many in a time.</summary>
/// <param name="IsAllowed">Whether it may.</param>
/// <param name="Remaining">How many more may be done at once.</param>
/// <param name="RetryAfter">When it may be tried again; zero where it may.</param>
public readonly record struct RateLimitDecision(bool IsAllowed, long Remaining, TimeSpan RetryAfter);

/// <summary>
/// A limit of rate that all processes share which use a Redis server: so many at once, and after that one in each part of the time (GCRA, the generic cell rate algorithm of ITU-T I.371). One number for
/// each key, by the server's clock, which leaves when it has no meaning any more.
/// </summary>
/// <param name="redis">The server.</param>
/// <param name="name">Of the limit: its keys begin with it.</param>
/// <param name="limit">So many, 1 or more.</param>
/// <param name="period">In this time.</param>
public sealed class RedisRateLimiter(RedisClient redis, string name, int limit, TimeSpan period)
{
    // KEYS[1]: when the bucket is empty again. ARGV: microseconds for each, how many at once, how many are wanted.
    private const string Script =
        """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000000 + clock[2]
        local each, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local empty = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
        local after = empty + each * wanted
        local over = after - now - each * burst
        if over > 0 then return {0, math.floor((each * burst - (empty - now)) / each), math.ceil(over)} end
        if wanted > 0 then redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000)) end
        return {1, math.floor(-over / each), 0}
        """;

    private readonly long _each = (long)((limit > 0 ? period : throw new ArgumentOutOfRangeException(nameof(limit), limit, "A limit is 1 or more.")).TotalMicroseconds / limit);

    /// <summary>Takes from the limit of a key, if there is enough.</summary>
    /// <param name="key">Whose limit it is: a caller, a host.</param>
    /// <param name="wanted">How many are to be done, all or none; 0 only looks. More than the limit is never allowed.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask<RateLimitDecision> TryTakeAsync(string key, int wanted, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wanted);
        var answer = (RedisValue[])(await redis.EvaluateAsync(Script, [$"{name}:{key}"], [_each, limit, wanted], cancellationToken))!;
        return new RateLimitDecision((long)answer[0] == 1, (long)answer[1], TimeSpan.FromMicroseconds((long)answer[2]));
    }
}
