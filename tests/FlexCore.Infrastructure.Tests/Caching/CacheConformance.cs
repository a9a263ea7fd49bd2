using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Tests.Redis;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Caching;

/// <summary>What every cache does, shared or not.</summary>
public abstract class CacheConformance(RedisServer? server) : IAsyncDisposable
{
    private readonly CacheNodes _nodes = new(server, $"cache-{Guid.NewGuid():N}");
    private readonly Source _source = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Source_is_asked_once_while_its_answer_is_kept()
    {
        var cache = _nodes.Add();

        for (var call = 0; call < 10; call++) (await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");

        _source.Asked.ShouldBe(1);
        cache.HitRatio.ShouldBe(0.9, tolerance: 0.001);
    }

    [Fact]
    public async Task Many_who_ask_at_once_ask_the_source_once_and_one_who_gives_up_ends_it_for_nobody()
    {
        var cache = _nodes.Add();
        _source.Gate = new TaskCompletionSource();
        using var impatient = new CancellationTokenSource();
        var first = cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, impatient.Token).AsTask();
        var others = Enumerable.Range(0, 50).Select(_ => cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token).AsTask()).ToList();
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);

        _source.Gate.SetResult();

        (await Task.WhenAll(others)).ShouldAllBe(answer => answer == "first");
        _source.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task Value_ends_after_its_lifetime_and_that_there_is_none_is_a_value_too()
    {
        var cache = _nodes.Add();
        var asked = 0;
        ValueTask<string?> Nothing(CancellationToken token) => new((string?)(Interlocked.Increment(ref asked) > 0 ? null : ""));

        (await cache.GetOrAskAsync("orders:0", Nothing, new CacheEntry { Lifetime = TimeSpan.FromMilliseconds(300) }, Token)).ShouldBeNull();
        (await cache.GetOrAskAsync("orders:0", Nothing, new CacheEntry { Lifetime = TimeSpan.FromMilliseconds(300) }, Token)).ShouldBeNull();
        asked.ShouldBe(1);

        await CacheNodes.Until(async () => await cache.GetOrAskAsync("orders:0", Nothing, entry: null, Token) is null && asked == 2);
    }

    [Fact]
    public async Task Old_value_is_used_while_its_source_fails_and_not_when_the_source_refuses()
    {
        var cache = _nodes.Add(options => (options.Lifetime, options.RefreshAfter, options.StaleRetry) = (TimeSpan.FromMilliseconds(50), 1, TimeSpan.FromMilliseconds(50)));
        await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token);

        _source.Failure = new HttpRequestException("away");
        await CacheNodes.Until(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token) == "first" && _source.Asked >= 3);

        _source.Failure = new FlexCoreException(new Error(ErrorCodes.SystemAccessRefused, "no"));
        await CacheNodes.Until(async () =>
        {
            try
            {
                return await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token) != "first";
            }
            catch (FlexCoreException e)
            {
                return e.Error.Code == ErrorCodes.SystemAccessRefused;
            }
        });

        (_source.Failure, _source.Answer) = (null, "second");
        await CacheNodes.Until(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token) == "second");
    }

    [Fact]
    public async Task Failure_of_the_source_comes_as_it_is_where_there_is_no_old_value_and_is_not_kept()
    {
        var cache = _nodes.Add();
        _source.Failure = new HttpRequestException("away");
        (await Should.ThrowAsync<HttpRequestException>(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token))).Message.ShouldBe("away");

        _source.Failure = null;
        (await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token)).ShouldBe("first");
    }

    [Fact]
    public async Task Slow_source_has_the_old_value_answered_and_its_late_answer_is_kept()
    {
        var cache = _nodes.Add(options => (options.Lifetime, options.RefreshAfter, options.SoftTimeout, options.StaleRetry) = (TimeSpan.FromMilliseconds(50), 1, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(20)));
        await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token);
        (_source.Answer, _source.Gate) = ("second", new TaskCompletionSource());

        await CacheNodes.Until(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, new CacheEntry { Lifetime = TimeSpan.FromMinutes(5) }, Token) == "first" && _source.Asked >= 2);

        _source.Gate.SetResult();
        await CacheNodes.Until(async () => await cache.FindAsync<string>("orders:1", Token) is (true, "second"));
    }

    [Fact]
    public async Task Source_that_takes_too_long_fails_the_call_and_its_late_answer_is_kept()
    {
        var cache = _nodes.Add(options => options.HardTimeout = TimeSpan.FromMilliseconds(50));
        _source.Gate = new TaskCompletionSource();

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);
        _source.Gate.SetResult();
        await CacheNodes.Until(async () => await cache.FindAsync<string>("orders:1", Token) is (true, "first"));
    }

    [Fact]
    public async Task Value_that_is_asked_for_shortly_before_its_end_is_made_again_while_the_old_one_is_answered()
    {
        var cache = _nodes.Add(options => options.RefreshAfter = 0.001);
        await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token);
        (_source.Answer, _source.Gate) = ("second", new TaskCompletionSource());

        // It ends in five minutes: what is answered meanwhile waits for nobody.
        await CacheNodes.Until(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token) == "first" && _source.Asked == 2);

        _source.Gate.SetResult();
        await CacheNodes.Until(async () => await cache.GetOrAskAsync("orders:1", _source.AskAsync, entry: null, Token) == "second");
    }

    [Fact]
    public async Task Values_that_came_together_do_not_end_together()
    {
        var cache = _nodes.Add(options => (options.Lifetime, options.Jitter, options.RefreshAfter, options.StaleFor) = (TimeSpan.FromMilliseconds(300), 1, 1, TimeSpan.Zero));
        for (var order = 0; order < 200; order++) await cache.SetAsync($"orders:{order}", "first", entry: null, Token);

        await CacheNodes.Until(async () =>
        {
            var kept = 0;
            for (var order = 0; order < 200; order++) kept += (await cache.FindAsync<string>($"orders:{order}", Token)).IsKept ? 1 : 0;
            return kept is > 0 and < 200;
        });
    }

    [Fact]
    public async Task Values_are_set_found_and_removed_one_by_one_and_together()
    {
        var cache = _nodes.Add();
        await cache.SetManyAsync(Enumerable.Range(0, 100).Select(order => KeyValuePair.Create($"orders:{order}", order)), entry: null, Token);

        var found = await cache.FindManyAsync<int>(["orders:7", "orders:99", "orders:100", "orders:7"], Token);
        found.ShouldBe(new Dictionary<string, int> { ["orders:7"] = 7, ["orders:99"] = 99 }, ignoreOrder: true);

        await cache.RemoveManyAsync(["orders:7", "orders:8"], Token);
        (await cache.FindAsync<int>("orders:7", Token)).IsKept.ShouldBeFalse();
        (await cache.FindManyAsync<int>(["orders:7", "orders:8", "orders:9"], Token)).Keys.ShouldBe(["orders:9"]);
    }

    [Fact]
    public async Task Values_are_removed_by_their_tag_and_others_stay()
    {
        var cache = _nodes.Add();
        await cache.SetAsync("orders:1", "one", new CacheEntry { Tags = ["customer:7", "open"] }, Token);
        await cache.SetAsync("orders:2", "two", new CacheEntry { Tags = ["customer:8", "open"] }, Token);

        await cache.RemoveByTagAsync("customer:7", Token);

        (await cache.FindAsync<string>("orders:1", Token)).IsKept.ShouldBeFalse();
        (await cache.FindAsync<string>("orders:2", Token)).ShouldBe((true, "two"));
        (await cache.GetOrAskAsync("orders:1", _source.AskAsync, new CacheEntry { Tags = ["customer:7"] }, Token)).ShouldBe("first");
        (await cache.FindAsync<string>("orders:1", Token)).ShouldBe((true, "first"));
    }

    [Theory]
    [InlineData("orders:*", new[] { "orders:1", "orders:22" })]
    [InlineData("orders:?", new[] { "orders:1" })]
    [InlineData("*:1", new[] { "orders:1", "customers:1" })]
    [InlineData("orders:1", new[] { "orders:1" })]
    [InlineData("*", new[] { "orders:1", "orders:22", "customers:1" })]
    public async Task Values_are_removed_by_a_pattern_of_their_keys(string pattern, string[] removed)
    {
        var cache = _nodes.Add();
        string[] keys = ["orders:1", "orders:22", "customers:1"];
        foreach (var key in keys) await cache.SetAsync(key, key, entry: null, Token);

        await cache.RemoveByPatternAsync(pattern, Token);

        (await cache.FindManyAsync<string>(keys, Token)).Keys.Order().ShouldBe(keys.Except(removed).Order());
    }

    [Theory]
    [InlineData("key")]
    [InlineData("tag")]
    [InlineData("pattern")]
    public async Task What_a_source_read_before_a_removal_and_answers_after_it_does_not_stay(string by)
    {
        var cache = _nodes.Add();
        var entry = new CacheEntry { Tags = ["open"] };
        _source.Gate = new TaskCompletionSource();
        var early = cache.GetOrAskAsync("orders:1", _source.AskAsync, entry, Token).AsTask();
        await CacheNodes.Until(() => Task.FromResult(_source.Asked == 1));

        _source.Answer = "second";
        await (by switch
        {
            "key" => cache.RemoveAsync("orders:1", Token),
            "tag" => cache.RemoveByTagAsync("open", Token),
            _ => cache.RemoveByPatternAsync("orders:*", Token),
        });
        var late = cache.GetOrAskAsync("orders:1", _source.AskAsync, entry, Token).AsTask();
        _source.Gate.SetResult();

        (await early).ShouldBe("first");
        (await late).ShouldBe("second");
        (await cache.FindAsync<string>("orders:1", Token)).ShouldBe((true, "second"));
    }

    [Fact]
    public async Task Value_that_is_too_large_or_is_not_to_be_kept_is_answered_and_not_kept()
    {
        var cache = _nodes.Add(options => options.ValueBytes = 100);
        _source.Answer = new string('x', 99);
        (await cache.GetOrAskAsync("large", _source.AskAsync, entry: null, Token)).Length.ShouldBe(99);
        (await cache.FindAsync<string>("large", Token)).IsKept.ShouldBeFalse();

        await cache.SetAsync("orders:1", "small", entry: null, Token);
        await cache.SetAsync("orders:1", new string('x', 1000), entry: null, Token);
        (await cache.FindAsync<string>("orders:1", Token)).IsKept.ShouldBeFalse();

        (await cache.GetOrAskAsync("orders:2", _ => new ValueTask<int>(2), new CacheEntry { Lifetime = TimeSpan.Zero }, Token)).ShouldBe(2);
        (await cache.FindAsync<int>("orders:2", Token)).IsKept.ShouldBeFalse();
    }

    [Fact]
    public async Task Value_of_another_type_under_the_key_is_asked_for_again()
    {
        var cache = _nodes.Add();
        await cache.SetAsync("orders:1", "text", entry: null, Token);

        (await cache.FindAsync<int>("orders:1", Token)).IsKept.ShouldBeFalse();
        (await cache.GetOrAskAsync("orders:1", _ => new ValueTask<int>(42), entry: null, Token)).ShouldBe(42);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class CacheInMemory() : CacheConformance(server: null);

public sealed class CacheOverRedis(SharedRedis redis) : CacheConformance(redis.Server), IClassFixture<SharedRedis>;
