using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Redis;

namespace FlexCore.Infrastructure.Caching;

/// <summary>The way of a cache to its Redis: each call is limited in time, and after one that has failed Redis is left alone for a while, so that its absence costs those who ask the cache next to nothing.</summary>
/// <param name="redis">The server.</param>
/// <param name="prefix">Stands before all keys and channels of the cache.</param>
/// <param name="timeout">How long a call may take.</param>
/// <param name="pause">How long it is left alone.</param>
/// <param name="time">The clock.</param>
internal sealed class RedisLink(RedisClient redis, string prefix, TimeSpan timeout, TimeSpan pause, TimeProvider time)
{
    private long _restsUntil;

    /// <summary>The server, for what may wait.</summary>
    public RedisClient Redis => redis;

    /// <summary>Whether it is left alone now.</summary>
    public bool Rests => time.GetUtcNow().UtcTicks < Volatile.Read(ref _restsUntil);

    /// <summary>The name of a key or channel of the cache.</summary>
    public string NameOf(string part, string name = "") => $"{prefix}{part}:{name}";

    /// <summary>Asks something of it.</summary>
    /// <exception cref="FlexCoreException">It is away, or takes too long, or is left alone.</exception>
    public async ValueTask<T> AskAsync<TState, T>(TState state, Func<RedisClient, TState, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        if (Rests) throw new FlexCoreException(new Error(ErrorCodes.SystemResting, $"{redis.Name}: has failed a moment ago"));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            return await call(redis, state, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            Rest();
            throw new FlexCoreException(new Error(ErrorCodes.SystemTimedOut, $"{redis.Name}: no answer for the cache within {timeout.TotalSeconds:0.###} s"), e);
        }
        catch (FlexCoreException e) when (e.Error.Code.IsTransient)
        {
            // What is refused, as a key that somebody else uses in another way, is no reason to leave all the others.
            Rest();
            throw;
        }
    }

    /// <summary>It is there again.</summary>
    public void Wake() => Volatile.Write(ref _restsUntil, 0);

    private void Rest() => Volatile.Write(ref _restsUntil, (time.GetUtcNow() + pause).UtcTicks);
}
