using Microsoft.Extensions.Caching.Distributed;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Caching;

/// <summary>The level of a cache that processes share.</summary>
/// <param name="link">The way to Redis.</param>
/// <param name="knowsRemovals">Done when what was removed earlier is known: before, nothing that lies there can be trusted.</param>
/// <param name="time">The clock.</param>
internal sealed class RedisLevel(RedisLink link, Task knowsRemovals, TimeProvider time) : IDistributedCache
{
    private static readonly AsyncLocal<Dictionary<string, RedisValue>?> Fetched = new();

    /// <summary>Several values, in one question.</summary>
    public async ValueTask<Dictionary<string, RedisValue>> FetchAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await knowsRemovals.WaitAsync(cancellationToken);
        var values = await link.AskAsync(keys.Select(key => link.NameOf("value", key)), static (redis, keys, token) => redis.GetManyAsync(keys, token), cancellationToken);
        return keys.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    /// <summary>From here on, on this path of asynchronous calls alone, what was fetched answers instead of Redis.</summary>
    public static void Offer(Dictionary<string, RedisValue> fetched) => Fetched.Value = fetched;

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        if (Fetched.Value is { } fetched && fetched.TryGetValue(key, out var there)) return there;
        await knowsRemovals.WaitAsync(token);
        return await link.AskAsync(link.NameOf("value", key), static (redis, key, token) => redis.GetAsync(key, token), token);
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        var expiry = options.AbsoluteExpirationRelativeToNow ?? options.AbsoluteExpiration - time.GetUtcNow();
        await link.AskAsync((Key: link.NameOf("value", key), value, expiry), static async (redis, set, token) =>
        {
            await redis.SetAsync(set.Key, set.value, set.expiry, token);
            return true;
        }, token);
    }

    public async Task RemoveAsync(string key, CancellationToken token = default) =>
        await link.AskAsync(link.NameOf("value", key), static (redis, key, token) => redis.DeleteAsync([key], token), token);

    /// <summary>Nothing: values leave at a time that is set when they come.</summary>
    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    byte[]? IDistributedCache.Get(string key) => throw Blocking();

    void IDistributedCache.Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw Blocking();

    void IDistributedCache.Remove(string key) => throw Blocking();

    void IDistributedCache.Refresh(string key) => throw Blocking();

    private static NotSupportedException Blocking() => new("Nobody waits for Redis with a thread.");
}
