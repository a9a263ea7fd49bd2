using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>A lock that holds as long as it is renewed. It counts as lost when somebody else has taken it, and when it could not be renewed for the length of its lease, by the clock of this process since it last asked.</summary>
internal sealed class LeasedRunLock : IRunLock
{
    private readonly ILeases _leases;
    private readonly TimeSpan _lease;
    private readonly TimeProvider _time;
    private readonly IRunLock _local;
    private readonly QueueSignal _now;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewing;
    private bool _isDisposed;

    /// <param name="local">The lock of the data directory, which goes with it.</param>
    /// <param name="taken">What was taken.</param>
    /// <param name="leases">Where.</param>
    /// <param name="lease">For how long.</param>
    /// <param name="asked">When it was asked for, as the clock counts.</param>
    /// <param name="time">The clock.</param>
    public LeasedRunLock(IRunLock local, TakenLock taken, ILeases leases, TimeSpan lease, long asked, TimeProvider time)
    {
        (_local, _leases, _lease, _time, _now) = (local, leases, lease, time, new QueueSignal(time));
        (Token, LastRun, Lost) = (taken.Token, taken.LastRun, _lost.Token);
        _renewing = RenewAsync(asked);
    }

    public string Pipeline => _local.Pipeline;

    public long Token { get; }

    public Guid? LastRun { get; }

    public QueueChange? Fence => new QueueChange.HoldLock(Pipeline, Token);

    public CancellationToken Lost { get; }

    public ValueTask ClaimAsync(Guid runId, CancellationToken cancellationToken) => _leases.ClaimAsync(Pipeline, Token, runId, cancellationToken);

    /// <summary>Asks without waiting for its time.</summary>
    public void RenewNow() => _now.Raise();

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await _end.CancelAsync();
        await _renewing;
        try
        {
            await _leases.ReleaseAsync(Pipeline, Token);
        }
        catch (FlexCoreException)
        {
            // It ends by itself.
        }

        await _local.DisposeAsync();
        _end.Dispose();
        _lost.Dispose();
    }

    private async Task RenewAsync(long asked)
    {
        // Even while a question stays without an answer.
        await using var expiry = _time.CreateTimer(_ => _lost.Cancel(), null, Left(asked), Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                await _now.WaitAsync(_lease / 4, _end.Token);
                asked = _time.GetTimestamp();
                try
                {
                    if (!await _leases.RenewAsync(Pipeline, Token, _end.Token)) break;
                    expiry.Change(Left(asked), Timeout.InfiniteTimeSpan);
                }
                catch (FlexCoreException)
                {
                    // Asked again soon; till the lease has run out.
                }
            }

            await _lost.CancelAsync();
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Given back.
        }
    }

    private TimeSpan Left(long asked)
    {
        var left = _lease - _time.GetElapsedTime(asked);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>What was taken.</summary>
/// <param name="Token">Higher than all before.</param>
/// <param name="LastRun">The run that was claimed under the lock before.</param>
internal sealed record TakenLock(long Token, Guid? LastRun);

/// <summary>Where leases of locks are kept.</summary>
internal interface ILeases
{
    /// <summary>Prolongs a lease.</summary>
    /// <returns>False when somebody else has taken the lock.</returns>
    ValueTask<bool> RenewAsync(string pipeline, long token, CancellationToken cancellationToken);

    /// <summary>Ends a lease; passes over one that is somebody else's.</summary>
    ValueTask ReleaseAsync(string pipeline, long token);

    /// <summary>As <see cref="IRunLock.ClaimAsync"/>.</summary>
    ValueTask ClaimAsync(string pipeline, long token, Guid runId, CancellationToken cancellationToken);
}
