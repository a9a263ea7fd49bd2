using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using ZiggyCreatures.Caching.Fusion;

namespace FlexCore.Infrastructure.Caching;

/// <summary>
/// Keeps what is slow to get: in memory, and in Redis for all processes that share it. A source is asked once for all who want the same meanwhile, and while it fails what it said before is answered. Redis may
/// be away at any time: then each process keeps for itself. Values are shared among callers and must not be changed; their types can be written as JSON.
/// </summary>
/// <remarks>FusionCache does the work; what it does not have, or not as quickly, stands around it (ADR 36).</remarks>
public sealed partial class Cache : IAsyncDisposable
{
    private const int Tries = 3;

    private static readonly JsonSerializerOptions Json = new() { RespectNullableAnnotations = true };

    private readonly CacheOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly string _node = Guid.NewGuid().ToString("N")[..12];
    private readonly Removals _removals;
    private readonly MemoryCache _memory;
    private readonly FusionCache _fusion;
    private readonly RedisRemovals? _told;
    private readonly RedisLevel? _shared;
    private readonly RedisBackplane? _backplane;
    private readonly CacheMetrics _metrics;

    // What comes before this node hears the others would be in doubt as soon as it does. A Redis that is away holds nobody up for longer than once its time.
    private readonly Task _ready = Task.CompletedTask;

    internal Cache(string name, CacheOptions options, RedisClient? redis, ILoggerFactory loggers, TimeProvider time)
    {
        (Name, _options, _time, _log) = (name, options, time, loggers.CreateLogger<Cache>());
        _metrics = new CacheMetrics(name);
        _removals = new Removals(_node, options.Longest, time);
        _memory = new MemoryCache(new MemoryCacheOptions { SizeLimit = options.MemoryBytes });

        // Its own tags cost each hit more than all of it may, and it has no patterns. Its log repeats what clients and sources log.
        _fusion = new FusionCache(new FusionCacheOptions { CacheName = name, DisableTagging = true, WaitForInitialBackplaneSubscribe = false, ReThrowOriginalExceptions = true, DistributedCacheKeyModifierMode = CacheKeyModifierMode.None }, _memory);
        if (redis is null) return;
        var link = new RedisLink(redis, $"{name}:", options.RedisTimeout, options.RedisPause, time);
        _told = new RedisRemovals(link, _removals, _node, options.Longest, time);
        _shared = new RedisLevel(link, _told.Knows, time);
        _fusion.SetupDistributedCache(_shared, new CacheSerializer(Json, _removals));
        _fusion.SetupBackplane(_backplane = new RedisBackplane(link));
        _fusion.SetupDistributedLocker(new RedisCacheLocks(link, time));
        _told.Start();
        _ready = Task.WhenAny(_told.Knows, Task.Delay(options.RedisTimeout, time));
    }

    /// <summary>As people call it.</summary>
    public string Name { get; }

    /// <summary>Which share of what was asked since the start was there, in memory or in Redis, 0 to 1.</summary>
    public double HitRatio => _metrics.HitRatio;

    /// <summary>A value: what is kept, or else what the source says, which is then kept.</summary>
    /// <param name="key">Under which it is kept.</param>
    /// <param name="source">Asked when nothing is kept; once for all who ask meanwhile, so its token is not the caller's.</param>
    /// <param name="entry">How it is kept; null for as the options have it.</param>
    /// <param name="cancellationToken">Ends the wait, and the question for nobody else.</param>
    /// <exception cref="FlexCoreException">The source took too long. What it throws itself comes as it is; both only where no old value can be used.</exception>
    public ValueTask<T> GetOrAskAsync<T>(string key, Func<CancellationToken, ValueTask<T>> source, CacheEntry? entry, CancellationToken cancellationToken) =>
        GetOrAskAsync(key, source, static (source, token) => source(token), entry, cancellationToken);

    /// <summary>As the other, with what the source needs, so that a hit makes nothing.</summary>
    public ValueTask<T> GetOrAskAsync<TState, T>(string key, TState state, Func<TState, CancellationToken, ValueTask<T>> source, CacheEntry? entry, CancellationToken cancellationToken)
    {
        if (Find(key) is not { } kept || !kept.TryRead<T>(Json, out var value)) return AskAsync(key, Question<T>.Of(state, source, entry ?? CacheEntry.Default), cancellationToken);
        _metrics.FromMemory();
        return new ValueTask<T>(value);
    }

    /// <summary>As the others, where the answer says how it is kept.</summary>
    /// <param name="key">Under which it is kept.</param>
    /// <param name="source">Asked when nothing is kept.</param>
    /// <param name="entryOf">How an answer is kept.</param>
    /// <param name="limits">How long the source may take, and whether an old answer may be used.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<T> GetOrAskAsync<T>(string key, Func<CancellationToken, ValueTask<T>> source, Func<T, CacheEntry> entryOf, CacheEntry limits, CancellationToken cancellationToken)
    {
        if (Find(key) is not { } kept || !kept.TryRead<T>(Json, out var value)) return AskAsync(key, new Question<T>(source, entryOf, limits), cancellationToken);
        _metrics.FromMemory();
        return new ValueTask<T>(value);
    }

    /// <summary>What is kept under a key.</summary>
    /// <returns>Whether something is, and what.</returns>
    public async ValueTask<(bool IsKept, T? Value)> FindAsync<T>(string key, CancellationToken cancellationToken)
    {
        if (Find(key) is { } here && here.TryRead<T>(Json, out var value))
        {
            _metrics.FromMemory();
            return (true, value);
        }

        await _ready.WaitAsync(cancellationToken);
        var found = await _fusion.TryGetAsync<Kept>(key, OptionsOf(CacheEntry.Default), cancellationToken);
        if (found.HasValue && found.Value.Key == key && _removals.Judge(found.Value) == Standing.Good && found.Value.TryRead(Json, out value))
        {
            _metrics.FromRedis();
            return (true, value);
        }

        _metrics.None();
        return (false, default);
    }

    /// <summary>Keeps a value, on all nodes in place of the one before.</summary>
    public async ValueTask SetAsync<T>(string key, T value, CacheEntry? entry, CancellationToken cancellationToken)
    {
        await _ready.WaitAsync(cancellationToken);
        var how = entry ?? CacheEntry.Default;
        _removals.Add(RemovalKind.Key, key);
        var kept = KeptOf(key, value, _removals.Now(), how);
        var options = OptionsOf(how);
        options.Size = kept.Size;
        if (kept.Size > _options.ValueBytes || options.Duration <= TimeSpan.Zero) await _fusion.RemoveAsync(key, options, cancellationToken);
        else await _fusion.SetAsync(key, kept, options, tags: null, cancellationToken);
    }

    /// <summary>Removes a value on all nodes; also one that a source is being asked for now.</summary>
    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken)
    {
        _removals.Add(RemovalKind.Key, key);
        await _fusion.RemoveAsync(key, OptionsOf(CacheEntry.Default), cancellationToken);
    }

    /// <summary>Removes all values with a tag, on all nodes.</summary>
    public ValueTask RemoveByTagAsync(string tag, CancellationToken cancellationToken) => RemoveAllAsync(RemovalKind.Tag, tag, cancellationToken);

    /// <summary>Removes all values whose keys match a pattern, on all nodes: <c>*</c> stands for any characters, <c>?</c> for one.</summary>
    public ValueTask RemoveByPatternAsync(string pattern, CancellationToken cancellationToken) => RemoveAllAsync(RemovalKind.Pattern, pattern, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_told is not null) await _told.DisposeAsync();
        if (_backplane is not null) await _backplane.UnsubscribeAsync();

        // Not on the thread that got here: it may be the driver's, and the library blocks its own.
        await Task.Run(_fusion.Dispose);
        _memory.Dispose();
        _metrics.Dispose();
    }

    private async ValueTask RemoveAllAsync(RemovalKind kind, string name, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var removal = _removals.Add(kind, name);
        if (_told is not null) await _told.TellAsync(removal, cancellationToken);
    }

    /// <summary>What is in memory and good.</summary>
    private Kept? Find(string key)
    {
        var found = _fusion.TryGet<Kept>(key, _here);
        if (!found.HasValue) return null;
        var kept = found.Value;
        switch (kept.Key == key ? _removals.Judge(kept) : Standing.Removed)
        {
            case Standing.Removed:
                _fusion.Remove(key, _here);
                return null;
            case Standing.Doubtful:
                _fusion.Expire(key, _here);
                return null;
            default:
                return _time.GetUtcNow().UtcTicks < kept.FreshUntil ? kept : null;
        }
    }

    private async ValueTask<T> AskAsync<T>(string key, Question<T> question, CancellationToken cancellationToken)
    {
        await _ready.WaitAsync(cancellationToken);
        var began = _removals.Now();
        for (var attempt = 1; ; attempt++)
        {
            var kept = await FlyAsync(key, question, cancellationToken);

            // What was asked for before this call began, and removed since, was another caller's answer.
            var isGood = kept.AskedAt > began || _removals.Judge(kept) != Standing.Removed;
            if (isGood && kept.Key == key && kept.TryRead<T>(Json, out var value))
            {
                if (kept.AskedAt > began) _metrics.FromSource();
                else if (_time.GetUtcNow().UtcTicks > kept.KeptUntil) _metrics.Stale();
                else if (kept.Node == _node) _metrics.FromMemory();
                else _metrics.FromRedis();
                return value;
            }

            if (attempt == Tries) return await question.Source(cancellationToken);
            await _fusion.RemoveAsync(key, _quietly, cancellationToken);
        }
    }
}
