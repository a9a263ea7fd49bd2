using FlexCore.Domain.Errors;
using Microsoft.Extensions.Logging;
using ZiggyCreatures.Caching.Fusion;

namespace FlexCore.Infrastructure.Caching;

/// <content>How a source is asked, and what is said to the library of what it answers.</content>
public sealed partial class Cache
{
    // Of this node's memory alone. Expired is not removed: while its source fails it is used.
    private readonly FusionCacheEntryOptions _here = new() { IsFailSafeEnabled = true, SkipDistributedCacheRead = true, SkipDistributedCacheWrite = true, SkipBackplaneNotifications = true };

    // Of memory and Redis, without a word to the others.
    private readonly FusionCacheEntryOptions _quietly = new() { SkipBackplaneNotifications = true };

    /// <param name="Source">What is asked.</param>
    /// <param name="EntryOf">How its answer is kept.</param>
    /// <param name="Limits">How long it may take.</param>
    private sealed record Question<T>(Func<CancellationToken, ValueTask<T>> Source, Func<T, CacheEntry> EntryOf, CacheEntry Limits)
    {
        // A method of its own, as what it captures is made where it begins: a hit makes nothing.
        public static Question<T> Of<TState>(TState state, Func<TState, CancellationToken, ValueTask<T>> source, CacheEntry entry) => new(token => source(state, token), _ => entry, entry);
    }

    private async ValueTask<Kept> FlyAsync<T>(string key, Question<T> question, CancellationToken cancellationToken)
    {
        try
        {
            return await _fusion.GetOrSetAsync<Kept>(
                key, (context, token) => MakeAsync(key, question, context, token), failSafeDefaultValue: default, OptionsOf(question.Limits), tags: null, CancellationToken.None).AsTask().WaitAsync(cancellationToken);
        }
        catch (SyntheticTimeoutException e)
        {
            _metrics.None();
            throw new FlexCoreException(new Error(ErrorCodes.SystemTimedOut, $"{Name}: no answer of the source within {(question.Limits.HardTimeout ?? _options.HardTimeout).TotalSeconds:0.###} s"), e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _metrics.None();
            throw;
        }
    }

    private async Task<Kept> MakeAsync<T>(string key, Question<T> question, FusionCacheFactoryExecutionContext<Kept> context, CancellationToken cancellationToken)
    {
        var askedAt = _removals.Now();
        T value;
        try
        {
            value = await question.Source(cancellationToken);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // A limit of the source's own is a failure of it, not the end of anybody's wait.
            throw new TimeoutException($"The source of {Name} gave up: {e.Message}", e);
        }
        catch (FlexCoreException e) when (!e.Error.Code.IsTransient)
        {
            // It was not away: it refused.
            context.Options.IsFailSafeEnabled = false;
            throw;
        }
        catch (Exception e)
        {
            if (context.HasStaleValue) LogStale(_log, Name, e.Message);
            throw;
        }

        var entry = question.EntryOf(value);
        var kept = KeptOf(key, value, askedAt, entry);
        var options = OptionsOf(entry);
        (context.Options.Duration, context.Options.JitterMaxDuration, context.Options.Size) = (options.Duration, options.JitterMaxDuration, kept.Size);
        (context.Options.IsFailSafeEnabled, context.Options.FailSafeMaxDuration) = (options.IsFailSafeEnabled, options.FailSafeMaxDuration);
        if (options.Duration <= TimeSpan.Zero || kept.Size > _options.ValueBytes)
        {
            (context.Options.SkipMemoryCacheWrite, context.Options.SkipDistributedCacheWrite, context.Options.SkipBackplaneNotifications) = (true, true, true);
        }

        return kept;
    }

    private Kept KeptOf<T>(string key, T value, long askedAt, CacheEntry entry)
    {
        var (now, lifetime) = (_time.GetUtcNow(), LifetimeOf(entry));
        var header = new KeptHeader(key, askedAt, _node, entry.Tags, (now + (lifetime * _options.RefreshAfter)).UtcTicks, (now + (lifetime * (1 + _options.Jitter))).UtcTicks);
        return Kept.Of(value, header, Json, isShared: _shared is not null);
    }

    private FusionCacheEntryOptions OptionsOf(CacheEntry entry)
    {
        var lifetime = LifetimeOf(entry);
        var staleFor = entry.StaleFor ?? _options.StaleFor;
        var hard = entry.HardTimeout ?? _options.HardTimeout;
        return new FusionCacheEntryOptions(lifetime)
        {
            JitterMaxDuration = Least(lifetime * _options.Jitter, _options.Longest - lifetime),
            IsFailSafeEnabled = staleFor > TimeSpan.Zero,
            FailSafeMaxDuration = Least(lifetime + staleFor, _options.Longest),
            FailSafeThrottleDuration = _options.StaleRetry,
            FactorySoftTimeout = entry.SoftTimeout ?? _options.SoftTimeout ?? hard,
            FactoryHardTimeout = hard,
            EagerRefreshThreshold = _options.RefreshAfter < 1 ? (float)_options.RefreshAfter : null,
            DistributedLockTimeout = hard,
            DistributedCacheHardTimeout = _options.RedisTimeout,
            AllowBackgroundBackplaneOperations = false,
            ReThrowSerializationExceptions = false,
            Size = 1,
        };
    }

    private TimeSpan LifetimeOf(CacheEntry entry) => Least(entry.Lifetime ?? _options.Lifetime, _options.Longest);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(EventId = 310, EventName = "CacheAnsweredStale", Level = LogLevel.Warning, Message = "{Component}: the source failed, and an old value is used: {Reason}")]
    private static partial void LogStale(ILogger log, string component, string reason);
}
