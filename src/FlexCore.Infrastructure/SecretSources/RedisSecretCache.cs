using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;

namespace FlexCore.Infrastructure.SecretSources;

/// <summary>Keeps secrets in Redis, for all processes together. While Redis is away, nothing is kept.</summary>
/// <param name="redis">The server. It gets nothing that is not encrypted.</param>
public sealed class RedisSecretCache(RedisClient redis) : ISecretCacheStore
{
    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var value = await redis.GetAsync(Key(key), cancellationToken);
            return value.IsNull ? default(ReadOnlyMemory<byte>?) : (byte[])value!;
        }
        catch (FlexCoreException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken)
    {
        try
        {
            await redis.SetAsync(Key(key), value.ToArray(), keptFor, cancellationToken);
        }
        catch (FlexCoreException)
        {
            // The next one who asks gets it from its place.
        }
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken) => await redis.DeleteAsync([Key(key)], cancellationToken);

    private static string Key(string key) => $"secret:{key}";
}
