namespace FlexCore.Infrastructure.SecretSources;

/// <summary>Keeps what <see cref="CachedSecrets"/> has encrypted. It may lose everything at any time.</summary>
public interface ISecretCacheStore
{
    /// <summary>What is kept under a key; null where there is nothing.</summary>
    ValueTask<ReadOnlyMemory<byte>?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keeps something for a while.</summary>
    ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken);

    /// <summary>Forgets it.</summary>
    ValueTask RemoveAsync(string key, CancellationToken cancellationToken);
}
