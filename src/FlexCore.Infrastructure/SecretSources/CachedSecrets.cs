using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Caching;

namespace FlexCore.Infrastructure.SecretSources;

/// <summary>
/// Secrets from outside, kept for a while: each is asked for once for all who want it meanwhile, that there is none is kept too, and what is kept is used a little longer while its place cannot be asked.
/// Encrypted wherever it is kept, also in memory.
/// </summary>
public sealed class CachedSecrets : IDisposable
{
    private readonly ISecretSource _source;
    private readonly Cache _cache;
    private readonly SecretCacheOptions _options;
    private readonly SecretEnvelope _envelope;

    /// <param name="source">The place.</param>
    /// <param name="cache">Keeps what was asked for, in this process or for all that share it.</param>
    /// <param name="key">32 bytes, the same for all processes that share the cache; null for one of this process alone.</param>
    /// <param name="options">How long.</param>
    public CachedSecrets(ISecretSource source, Cache cache, ReadOnlyMemory<byte>? key, SecretCacheOptions options) =>
        (_source, _cache, _envelope, _options) = (source, cache, new SecretEnvelope(key), options);

    /// <summary>A secret.</summary>
    /// <param name="name">As the place has it.</param>
    /// <param name="version">One of its versions, which never changes; null for the newest, which is asked for again after a while.</param>
    /// <param name="cancellationToken">The caller's; it does not end the question for others who wait for the same.</param>
    /// <returns>The secret; null when there is none.</returns>
    /// <exception cref="FlexCoreException">The place cannot be asked, and nothing is kept that could be used meanwhile.</exception>
    public async ValueTask<SourcedSecret?> FindAsync(string name, string? version, CancellationToken cancellationToken)
    {
        var key = KeyOf(version is null ? name : $"{name}@{version}");
        if (_envelope.Open(key, await ReadAsync(key, name, version, cancellationToken)) is { } kept) return kept.Secret;

        // Somebody else's, or of another key: good for nobody here.
        await _cache.RemoveAsync(key, cancellationToken);
        return _envelope.Open(key, await ReadAsync(key, name, version, cancellationToken)) is { } anew ? anew.Secret : await _source.FindAsync(name, version, cancellationToken);
    }

    /// <summary>Forgets the newest version of a secret, as when it was rotated: the next who asks gets it from its place, in all processes that share the cache.</summary>
    public ValueTask InvalidateAsync(string name, CancellationToken cancellationToken) => _cache.RemoveAsync(KeyOf(name), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _envelope.Dispose();

    private static string KeyOf(string secret) => $"secret:{secret}";

    private ValueTask<byte[]> ReadAsync(string key, string name, string? version, CancellationToken cancellationToken)
    {
        var kept = new CacheEntry { Lifetime = _options.KeptFor, StaleFor = _options.StaleFor };
        var missing = new CacheEntry { Lifetime = _options.MissingFor, StaleFor = TimeSpan.Zero };
        var isThere = false;
        return _cache.GetOrAskAsync(
            key,
            async token =>
            {
                var secret = await _source.FindAsync(name, version, token);
                isThere = secret is not null;
                return _envelope.Seal(key, new KeptSecret(secret));
            },
            _ => isThere ? kept : missing,
            kept,
            cancellationToken);
    }
}
