using StackExchange.Redis;

namespace FlexCore.Infrastructure.Redis;

/// <summary>
/// Locks among all processes that use a Redis server. Each comes with a token that only grows: who writes under a lock gives it along, and what keeps the data refuses a token that is less than one it
/// has seen, because a lock in Redis can be lost without its holder noticing in time. One counter for all locks, so that no key stays behind a lock that is gone.
/// </summary>
/// <param name="redis">The server.</param>
/// <param name="time">The clock that says when to renew.</param>
public sealed class RedisLocks(RedisClient redis, TimeProvider time)
{
    private const string Tokens = "lock-tokens";

    private const string Take =
        """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        local token = redis.call('INCR', KEYS[2])
        redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
        return token
        """;

    private const string Renew = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";

    private const string Release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

    /// <summary>Takes a lock if nobody has it, and renews it until it is disposed.</summary>
    /// <param name="name">Of the lock.</param>
    /// <param name="lease">How long it is kept when its holder is not heard of, at least 100 ms.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The lock; null when somebody has it.</returns>
    public async ValueTask<RedisLock?> TryAcquireAsync(string name, TimeSpan lease, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lease, TimeSpan.FromMilliseconds(100));
        var asked = time.GetTimestamp();
        var token = (long)await redis.EvaluateAsync(Take, [KeyOf(name), Tokens], [(long)lease.TotalMilliseconds], cancellationToken);
        return token == 0 ? null : new RedisLock(this, name, token, lease, asked, time);
    }

    internal async ValueTask<bool> RenewAsync(string name, long token, TimeSpan lease, CancellationToken cancellationToken) =>
        (long)await redis.EvaluateAsync(Renew, [KeyOf(name)], [token, (long)lease.TotalMilliseconds], cancellationToken) == 1;

    internal async ValueTask ReleaseAsync(string name, long token) => await redis.EvaluateAsync(Release, [KeyOf(name)], [(RedisValue)token], CancellationToken.None);

    private static string KeyOf(string name) => $"lock:{name}";
}
