using System.Collections.Concurrent;

namespace FlexCore.Infrastructure.SecretSources;

/// <summary>Keeps secrets in this process.</summary>
/// <param name="time">The clock.</param>
/// <param name="most">At most so many; when there are more, those that have ended leave, and if that is not enough all.</param>
public sealed class MemorySecretCache(TimeProvider time, int most = 10_000) : ISecretCacheStore
{
    private readonly ConcurrentDictionary<string, (ReadOnlyMemory<byte> Value, DateTimeOffset Until)> _kept = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(string key, CancellationToken cancellationToken) =>
        new(_kept.TryGetValue(key, out var kept) && time.GetUtcNow() < kept.Until ? kept.Value : default(ReadOnlyMemory<byte>?));

    /// <inheritdoc/>
    public ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken)
    {
        if (_kept.Count >= most) MakeRoom();
        _kept[key] = (value, time.GetUtcNow() + keptFor);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken)
    {
        _kept.TryRemove(key, out _);
        return default;
    }

    private void MakeRoom()
    {
        foreach (var (key, kept) in _kept)
        {
            if (kept.Until <= time.GetUtcNow()) _kept.TryRemove(key, out _);
        }

        if (_kept.Count >= most) _kept.Clear();
    }
}
