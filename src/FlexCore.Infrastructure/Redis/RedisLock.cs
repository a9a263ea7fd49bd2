using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Redis;

/// <summary>A lock that this process has, renewed three times in each lease until it is disposed.</summary>
public sealed class RedisLock : IAsyncDisposable
{
    private readonly RedisLocks _locks;
    private readonly string _name;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _released = new();
    private readonly Task _renewing;

    internal RedisLock(RedisLocks locks, string name, long token, TimeSpan lease, long askedAt, TimeProvider time)
    {
        (_locks, _name, Token, _lease, _time) = (locks, name, token, lease, time);
        Lost = _lost.Token;
        _renewing = RenewAsync(askedAt);
    }

    /// <summary>Greater than that of every lock that was taken before, of any name.</summary>
    public long Token { get; }

    /// <summary>Cancelled when the lock is lost, or may be: before anybody else can have it, if the clocks of both sides go equally fast.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Gives the lock back, if it was not lost.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_released.IsCancellationRequested) return;
        await _released.CancelAsync();
        await _renewing;
        try
        {
            if (!Lost.IsCancellationRequested) await _locks.ReleaseAsync(_name, Token);
        }
        catch (FlexCoreException)
        {
            // Redis is away: the lease ends by itself.
        }

        _lost.Dispose();
        _released.Dispose();
    }

    private async Task RenewAsync(long heldSince)
    {
        while (true)
        {
            try
            {
                await Task.Delay(_lease / 3, _time, _released.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var asked = _time.GetTimestamp();
            var left = _lease - _time.GetElapsedTime(heldSince);
            if (left <= TimeSpan.Zero || !await TryRenewAsync(left))
            {
                if (!_released.IsCancellationRequested) await _lost.CancelAsync();
                return;
            }

            heldSince = asked;
        }
    }

    /// <returns>False when it is somebody else's, or the lease has ended without an answer.</returns>
    private async Task<bool> TryRenewAsync(TimeSpan left)
    {
        using var limit = new CancellationTokenSource(left, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _released.Token);
        while (!both.IsCancellationRequested)
        {
            try
            {
                return await _locks.RenewAsync(_name, Token, _lease, both.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            catch (Exception e) when (e is FlexCoreException or ObjectDisposedException)
            {
                // Redis may be back before the lease ends.
                await Task.Delay(_lease / 20, _time, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return false;
    }
}
