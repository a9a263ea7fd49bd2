using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Caching;

/// <summary>What a cache counts: numbers that are read when somebody looks, as a counter of the library would cost a hit more than the hit.</summary>
internal sealed class CacheMetrics : IDisposable
{
    private static readonly ConcurrentDictionary<CacheMetrics, string> All = new();

    private readonly string _name;
    private long _memory;
    private long _redis;
    private long _source;
    private long _stale;
    private long _none;

    static CacheMetrics()
    {
        SystemTelemetry.Meter.CreateObservableCounter(
            "cache_reads_total", () => All.Keys.SelectMany(cache => cache.Measure()), description: "Values that were asked of a cache, by where the answer came from: memory, redis, source, stale (an old one, as the source failed), none.");
        SystemTelemetry.Meter.CreateObservableGauge(
            "cache_hit_ratio",
            () => All.Keys.Where(cache => cache.Total > 0).Select(cache => new Measurement<double>(cache.HitRatio, new KeyValuePair<string, object?>("cache", cache._name))),
            description: "Which share of what was asked of a cache it had, since the start.");
    }

    public CacheMetrics(string name)
    {
        _name = name;
        All[this] = name;
    }

    /// <summary>Which share of what was asked it had; 0 where nothing was.</summary>
    public double HitRatio => Total is var total and > 0 ? (double)(Volatile.Read(ref _memory) + Volatile.Read(ref _redis)) / total : 0;

    private long Total => Measure().Sum(measured => measured.Value);

    public void FromMemory() => Interlocked.Increment(ref _memory);

    public void FromRedis() => Interlocked.Increment(ref _redis);

    public void FromSource() => Interlocked.Increment(ref _source);

    public void Stale() => Interlocked.Increment(ref _stale);

    public void None() => Interlocked.Increment(ref _none);

    public void Dispose() => All.TryRemove(this, out _);

    private IEnumerable<Measurement<long>> Measure() =>
    [
        Measured("memory", Volatile.Read(ref _memory)),
        Measured("redis", Volatile.Read(ref _redis)),
        Measured("source", Volatile.Read(ref _source)),
        Measured("stale", Volatile.Read(ref _stale)),
        Measured("none", Volatile.Read(ref _none)),
    ];

    private Measurement<long> Measured(string from, long count) => new(count, new("cache", _name), new("from", from));
}
