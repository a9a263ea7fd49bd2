using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Logging;
using ZiggyCreatures.Caching.Fusion.Locking.Distributed;

namespace FlexCore.Infrastructure.Caching;

/// <summary>Lets one node ask a source at a time. Without Redis each asks for itself.</summary>
internal sealed class RedisCacheLocks(RedisLink link, TimeProvider time) : IFusionCacheDistributedLocker
{
    // A node that died keeps the others waiting for so long.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private readonly RedisLocks _locks = new(link.Redis, time);

    public async ValueTask<object?> AcquireLockAsync(
        string cacheName, string cacheInstanceId, string operationId, string key, string lockName, TimeSpan timeout, ILogger? logger, CancellationToken token)
    {
        var name = link.NameOf("lock", key);
        var began = time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(5); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var taken = await link.AskAsync((_locks, name), static (_, want, token) => want._locks.TryAcquireAsync(want.name, Lease, token), token);
                if (taken is not null) return taken;
            }
            catch (FlexCoreException)
            {
                return null;
            }

            if (timeout != Timeout.InfiniteTimeSpan && time.GetElapsedTime(began) + pause > timeout) return null;
            await Task.Delay(pause, time, token);
        }
    }

    public async ValueTask ReleaseLockAsync(
        string cacheName, string cacheInstanceId, string operationId, string key, string lockName, object? lockObj, ILogger? logger, CancellationToken token)
    {
        if (lockObj is RedisLock taken) await taken.DisposeAsync();
    }

    public object? AcquireLock(string cacheName, string cacheInstanceId, string operationId, string key, string lockName, TimeSpan timeout, ILogger? logger, CancellationToken token) =>
        throw Blocking();

    public void ReleaseLock(string cacheName, string cacheInstanceId, string operationId, string key, string lockName, object? lockObj, ILogger? logger, CancellationToken token) => throw Blocking();

    private static NotSupportedException Blocking() => new("Nobody waits for Redis with a thread.");
}
