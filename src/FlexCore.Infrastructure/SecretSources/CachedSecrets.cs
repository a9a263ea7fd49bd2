using System.Collections.Concurrent;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.SecretSources;

/// <summary>
/// Secrets from outside, kept here for a while (cache-aside): each is asked for once for all of this process who want it meanwhile, that there is none is kept too, and what is kept is used a little longer
/// while its place cannot be asked. Encrypted wherever it is kept.
/// </summary>
public sealed class CachedSecrets : IDisposable
{
    private readonly ISecretSource _source;
    private readonly ISecretCacheStore _store;
    private readonly SecretCacheOptions _options;
    private readonly TimeProvider _time;
    private readonly SecretEnvelope _envelope;
    private readonly ConcurrentDictionary<string, Lazy<Task<SourcedSecret?>>> _asking = new(StringComparer.Ordinal);

    /// <param name="source">The place.</param>
    /// <param name="store">Keeps what was asked for.</param>
    /// <param name="key">32 bytes, the same for all processes that share the store; null for one of this process alone.</param>
    /// <param name="options">How long.</param>
    /// <param name="time">The clock.</param>
    public CachedSecrets(ISecretSource source, ISecretCacheStore store, ReadOnlyMemory<byte>? key, SecretCacheOptions options, TimeProvider time) =>
        (_source, _store, _envelope, _options, _time) = (source, store, new SecretEnvelope(key), options, time);

    /// <summary>A secret.</summary>
    /// <param name="name">As the place has it.</param>
    /// <param name="version">One of its versions, which never changes; null for the newest, which is asked for again after a while.</param>
    /// <param name="cancellationToken">The caller's; it does not end the question for others who wait for the same.</param>
    /// <returns>The secret; null when there is none.</returns>
    /// <exception cref="FlexCoreException">The place cannot be asked, and nothing is kept that could be used meanwhile.</exception>
    public async ValueTask<SourcedSecret?> FindAsync(string name, string? version, CancellationToken cancellationToken)
    {
        var key = version is null ? name : $"{name}@{version}";
        var kept = await ReadAsync(key, cancellationToken);
        if (kept is { } fresh && _time.GetUtcNow() < fresh.FreshUntil) return Count("kept", fresh.Secret);
        try
        {
            return Count("source", await AskOnceAsync(key, name, version).WaitAsync(cancellationToken));
        }
        catch (FlexCoreException e) when (kept is { Secret: not null } stale && e.Error.Code.IsTransient)
        {
            return Count("stale", stale.Secret);
        }
    }

    /// <summary>Forgets the newest version of a secret, as when it was rotated: the next who asks gets it from its place.</summary>
    public ValueTask InvalidateAsync(string name, CancellationToken cancellationToken) => _store.RemoveAsync(name, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _envelope.Dispose();

    private async Task<SourcedSecret?> AskOnceAsync(string key, string name, string? version)
    {
        var asking = _asking.GetOrAdd(key, _ => new Lazy<Task<SourcedSecret?>>(() => AskAsync(key, name, version)));
        try
        {
            return await asking.Value;
        }
        finally
        {
            _asking.TryRemove(KeyValuePair.Create(key, asking));
        }
    }

    private async Task<SourcedSecret?> AskAsync(string key, string name, string? version)
    {
        var secret = await _source.FindAsync(name, version, CancellationToken.None);
        var fresh = secret is null ? _options.MissingFor : Spread(_options.KeptFor);
        var keptFor = secret is null ? fresh : fresh + _options.StaleFor;
        if (keptFor > TimeSpan.Zero) await _store.SetAsync(key, _envelope.Seal(key, new KeptSecret(secret, _time.GetUtcNow() + fresh)), keptFor, CancellationToken.None);
        return secret;
    }

    private async ValueTask<KeptSecret?> ReadAsync(string key, CancellationToken cancellationToken) =>
        await _store.GetAsync(key, cancellationToken) is { } bytes ? _envelope.Open(key, bytes) : null;

    private static TimeSpan Spread(TimeSpan time) => time * (0.9 + (Random.Shared.NextDouble() * 0.2));

    private static SourcedSecret? Count(string from, SourcedSecret? secret)
    {
        SecretSourceMetrics.Reads.Add(1, new KeyValuePair<string, object?>("from", secret is null && from == "kept" ? "kept_missing" : from));
        return secret;
    }
}
