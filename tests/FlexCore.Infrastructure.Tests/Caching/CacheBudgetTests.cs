using FlexCore.Infrastructure.Caching;

namespace FlexCore.Infrastructure.Tests.Caching;

public sealed class CacheBudgetTests : IAsyncDisposable
{
    private static readonly Func<int, CancellationToken, ValueTask<string>> Ask = static (_, _) => throw new InvalidOperationException("The source is asked for what is kept.");

    private readonly CacheNodes _nodes = new(server: null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hit_in_memory_allocates_nothing_with_or_without_tags()
    {
        var cache = _nodes.Add();
        await cache.SetAsync("plain", "value", entry: null, Token);
        await cache.SetAsync("tagged", "value", new CacheEntry { Tags = ["orders", "customer:7"] }, Token);
        await cache.RemoveByTagAsync("another", Token);
        await cache.RemoveByPatternAsync("another:*", Token);
        Hit(cache, 1000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Hit(cache, 10_000);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public async Task Memory_keeps_no_more_bytes_than_it_may()
    {
        var cache = _nodes.Add(options => (options.MemoryBytes, options.ValueBytes) = (100_000, 2000));

        for (var order = 0; order < 1000; order++) await cache.SetAsync($"orders:{order}", new string('x', 998), entry: null, Token);

        await CacheNodes.Until(async () => (await cache.FindManyAsync<string>(Enumerable.Range(0, 1000).Select(order => $"orders:{order}"), Token)).Count is > 0 and <= 100);
    }

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    private static void Hit(Cache cache, int times)
    {
        for (var time = 0; time < times; time++)
        {
            Check(cache.GetOrAskAsync("plain", 0, Ask, entry: null, CancellationToken.None));
            Check(cache.GetOrAskAsync("tagged", 0, Ask, entry: null, CancellationToken.None));
        }
    }

    // Whether it was there: nothing is awaited, as that would go on in another thread's count.
    private static void Check(ValueTask<string> answer) => _ = answer.IsCompletedSuccessfully ? true : throw new InvalidOperationException("The value is not in memory.");
}
