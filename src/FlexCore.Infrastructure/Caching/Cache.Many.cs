using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Caching;

/// <content>Many at once.</content>
public sealed partial class Cache
{
    /// <summary>What is kept under keys: of what is not in memory, Redis is asked one question.</summary>
    /// <returns>The values that are kept.</returns>
    public async ValueTask<IReadOnlyDictionary<string, T?>> FindManyAsync<T>(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, T?>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var key in keys.Distinct(StringComparer.Ordinal))
        {
            if (Find(key) is not { } here || !here.TryRead<T>(Json, out var value))
            {
                missing.Add(key);
                continue;
            }

            _metrics.FromMemory();
            found[key] = value;
        }

        if (missing.Count == 0) return found;
        if (_shared is not null)
        {
            try
            {
                RedisLevel.Offer(await _shared.FetchAsync(missing, cancellationToken));
            }
            catch (FlexCoreException)
            {
                // It is away: each is then looked for in vain, quickly.
            }
        }

        foreach (var key in missing)
        {
            if (await FindAsync<T>(key, cancellationToken) is (true, var value)) found[key] = value;
        }

        return found;
    }

    /// <summary>Keeps values, on all nodes in place of those before. They go to Redis together, without waiting for each other.</summary>
    public async ValueTask SetManyAsync<T>(IEnumerable<KeyValuePair<string, T>> values, CacheEntry? entry, CancellationToken cancellationToken) =>
        await Task.WhenAll(values.Select(value => SetAsync(value.Key, value.Value, entry, cancellationToken).AsTask()));

    /// <summary>Removes values on all nodes, as <see cref="RemoveAsync"/>, without waiting for each other.</summary>
    public async ValueTask RemoveManyAsync(IEnumerable<string> keys, CancellationToken cancellationToken) =>
        await Task.WhenAll(keys.Select(key => RemoveAsync(key, cancellationToken).AsTask()));
}
