using BenchmarkDotNet.Attributes;
using FlexCore.Infrastructure.Caching;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ZiggyCreatures.Caching.Fusion;

namespace FlexCore.Caching.Benchmarks;

/// <summary>A value that is in memory, asked for through the cache, through the library under it, and from the dictionary with an end of entries under that.</summary>
[MemoryDiagnoser]
public class Hits
{
    private static readonly string Value = "value";
    private static readonly FusionCacheEntryOptions Hour = new(TimeSpan.FromHours(1));

    // Never asked: the value is there.
    private static readonly Func<Hits, CancellationToken, ValueTask<string>> Ask = static (_, _) => throw new InvalidOperationException();
    private static readonly Func<FusionCacheFactoryExecutionContext<string>, CancellationToken, Task<string>> AskLibrary = static (_, _) => throw new InvalidOperationException();

    private readonly ServiceProvider _program = new ServiceCollection().AddFlexCoreCache(new ConfigurationBuilder().Build()).BuildServiceProvider();
    private readonly FusionCache _library = new(new FusionCacheOptions());
    private readonly MemoryCache _memory = new(new MemoryCacheOptions());
    private readonly Cache _cache;

    public Hits() => _cache = _program.GetRequiredService<Cache>();

    [GlobalSetup]
    public async Task FillAsync()
    {
        await _cache.SetAsync("order:1", Value, entry: null, CancellationToken.None);
        await _cache.SetAsync("order:2", Value, new CacheEntry { Tags = ["orders", "customer:7"] }, CancellationToken.None);
        await _cache.RemoveByTagAsync("another", CancellationToken.None);
        await _cache.RemoveByPatternAsync("another:*", CancellationToken.None);
        await _library.SetAsync("order:1", Value, Hour);
        await _library.SetAsync("order:2", Value, Hour, ["orders", "customer:7"]);
        _memory.Set("order:1", Value, TimeSpan.FromHours(1));
    }

    [Benchmark(Baseline = true)]
    public ValueTask<string> Cache() => _cache.GetOrAskAsync<Hits, string>("order:1", this, Ask, entry: null, CancellationToken.None);

    [Benchmark]
    public ValueTask<string> CacheWithTags() => _cache.GetOrAskAsync<Hits, string>("order:2", this, Ask, entry: null, CancellationToken.None);

    [Benchmark]
    public ValueTask<string> Library() => _library.GetOrSetAsync<string>("order:1", AskLibrary, default, Hour);

    [Benchmark]
    public ValueTask<string> LibraryWithTags() => _library.GetOrSetAsync<string>("order:2", AskLibrary, default, Hour);

    [Benchmark]
    public string? MemoryCache() => _memory.Get<string>("order:1");

    [GlobalCleanup]
    public async Task EndAsync()
    {
        await _program.DisposeAsync();
        _library.Dispose();
        _memory.Dispose();
    }
}
