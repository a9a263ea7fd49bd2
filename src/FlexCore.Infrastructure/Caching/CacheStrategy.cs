namespace FlexCore.Infrastructure.Caching;

/// <summary>What is said of all values of a type in one place: whether they are kept, for how long, under which key, and what ends them.</summary>
/// <typeparam name="TQuestion">What is asked.</typeparam>
/// <typeparam name="T">What is answered.</typeparam>
public abstract class CacheStrategy<TQuestion, T>
{
    /// <summary>Under which key an answer is kept.</summary>
    public abstract string KeyOf(TQuestion question);

    /// <summary>Whether an answer is kept.</summary>
    public virtual bool ShouldKeep(TQuestion question, T answer) => true;

    /// <summary>For how long, and with which tags.</summary>
    public virtual CacheEntry EntryOf(TQuestion question, T answer) => CacheEntry.Default;

    /// <summary>What something that has happened ends: patterns of keys. A key is a pattern too.</summary>
    public virtual IEnumerable<string> EndedBy(object happened) => [];
}

/// <summary>A source whose answers a cache keeps by a strategy.</summary>
/// <param name="cache">The cache.</param>
/// <param name="strategy">How they are kept.</param>
public sealed class CachedSource<TQuestion, T>(Cache cache, CacheStrategy<TQuestion, T> strategy)
{
    /// <summary>An answer: what is kept, or else what the source says; as the cache does it.</summary>
    public ValueTask<T> GetOrAskAsync(TQuestion question, Func<TQuestion, CancellationToken, ValueTask<T>> source, CancellationToken cancellationToken) => cache.GetOrAskAsync(
        strategy.KeyOf(question),
        token => source(question, token),
        answer => strategy.ShouldKeep(question, answer) ? strategy.EntryOf(question, answer) : CacheEntry.NotKept,
        CacheEntry.Default,
        cancellationToken);

    /// <summary>Says that something has happened, so that what it ends is asked for again, on all nodes. To be called when what has happened can be read.</summary>
    public async ValueTask TellAsync(object happened, CancellationToken cancellationToken)
    {
        foreach (var pattern in strategy.EndedBy(happened)) await cache.RemoveByPatternAsync(pattern, cancellationToken);
    }
}
