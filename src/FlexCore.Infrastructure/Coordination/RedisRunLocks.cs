using System.Collections.Concurrent;
using FlexCore.Application.Ports;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>
/// Locks as keys of Redis, whose leases it ends by its clock. The token and the run that has a lock lie in PostgreSQL all the same: they outlive Redis, and appends are
/// measured by them. While Redis is away the leases are there, too.
/// </summary>
internal sealed class RedisRunLocks : IRunLocks, ILeases
{
    // The value is the place: within one, the lock file has decided already.
    private const string Take =
        """
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 1
        """;

    private const string Renew =
        """
        local holder = redis.call('GET', KEYS[1])
        if holder == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 1 end
        if holder then return 0 end
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return 2
        """;

    private const string Release = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1";

    private const string Exists = "return redis.call('EXISTS', KEYS[1])";

    /// <summary>Who has a lock in Redis takes its lease over to PostgreSQL when Redis breaks off: before somebody else may believe that it is free.</summary>
    private static readonly TimeSpan TimeToTakeOver = TimeSpan.FromSeconds(1);

    private readonly BestEffortRedis _redis;
    private readonly PostgresRunLocks _postgres;
    private readonly FileRunLocks _files;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, LeasedRunLock> _held = new(StringComparer.Ordinal);

    public RedisRunLocks(BestEffortRedis redis, PostgresRunLocks postgres, FileRunLocks files, TimeSpan lease, TimeProvider time)
    {
        (_redis, _postgres, _files, _lease, _time) = (redis, postgres, files, lease, time);
        redis.Lost += RenewAll;
    }

    private RedisValue[] PlaceAndLease => [_files.Place, (long)_lease.TotalMilliseconds];

    public async ValueTask<IRunLock?> TryAcquireAsync(string pipeline, CancellationToken cancellationToken)
    {
        if (await _files.TryAcquireAsync(pipeline, cancellationToken) is not { } local) return null;
        try
        {
            var asked = _time.GetTimestamp();
            var here = await _redis.RunAsync(Take, KeyOf(pipeline), PlaceAndLease, cancellationToken);
            if (here is null) await Task.Delay(TimeToTakeOver, _time, cancellationToken);

            // In PostgreSQL for a while in any case: until it is on record whose it is.
            if (here != 0 && await _postgres.TakeAsync(pipeline, here is null ? _lease : _lease / 4, cancellationToken) is { } taken)
                return _held[pipeline] = new LeasedRunLock(local, taken, this, _lease, asked, _time);
            if (here == 1) await GiveBackAsync(pipeline);
        }
        catch
        {
            await local.DisposeAsync();
            throw;
        }

        await local.DisposeAsync();
        return null;
    }

    public async ValueTask<RunLockStatus> LookAsync(string pipeline, CancellationToken cancellationToken)
    {
        var known = await _postgres.LookAsync(pipeline, cancellationToken);
        return known.IsHeld || await _redis.RunAsync(Exists, KeyOf(pipeline), [], cancellationToken) is not 1 ? known : known with { IsHeld = true };
    }

    public async ValueTask<bool> RenewAsync(string pipeline, long token, CancellationToken cancellationToken)
    {
        switch (await _redis.RunAsync(Renew, KeyOf(pipeline), PlaceAndLease, cancellationToken))
        {
            case 0:
                return false;
            case 1:
                return true;
        }

        // Redis is away, or has forgotten: the token says whether somebody has taken it meanwhile.
        if (await _postgres.RenewAsync(pipeline, token, cancellationToken)) return true;
        await GiveBackAsync(pipeline);
        return false;
    }

    public async ValueTask ReleaseAsync(string pipeline, long token)
    {
        _held.TryRemove(pipeline, out _);
        await _postgres.ReleaseAsync(pipeline, token);
        await GiveBackAsync(pipeline);
    }

    public ValueTask ClaimAsync(string pipeline, long token, Guid runId, CancellationToken cancellationToken) => _postgres.ClaimAsync(pipeline, token, runId, cancellationToken);

    private static string KeyOf(string pipeline) => $"lock:{pipeline}";

    private async ValueTask GiveBackAsync(string pipeline) => await _redis.RunAsync(Release, KeyOf(pipeline), [_files.Place], CancellationToken.None);

    private void RenewAll()
    {
        foreach (var held in _held.Values) held.RenewNow();
    }
}
