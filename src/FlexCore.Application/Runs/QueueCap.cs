using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Runs;

/// <summary>Counts the runs that wait, and refuses more when they are too many: nobody waits for so long, and what is behind it is told early.</summary>
/// <param name="queue">Where they wait.</param>
/// <param name="most">How many may wait.</param>
/// <param name="time">The clock.</param>
public sealed class QueueCap(IRunQueue queue, Func<long> most, TimeProvider time)
{
    // To count costs milliseconds: a burst may go beyond the cap by what comes in that time.
    private static readonly TimeSpan CountedFor = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<long>? _counting;
    private long _countedAt;

    /// <summary>Why one more may not wait; null when it may.</summary>
    public async Task<Error?> RefuseAsync(CancellationToken cancellationToken)
    {
        var waiting = await CountAsync(cancellationToken);
        var may = most();
        return waiting < may ? null : new Error(ErrorCodes.QueueFull, $"{waiting} runs wait already, and {may} may");
    }

    /// <summary>How many wait, up to a second ago. One counts for all who ask meanwhile.</summary>
    public Task<long> CountAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_counting is null || _counting.IsFaulted || time.GetElapsedTime(_countedAt) > CountedFor)
            {
                _countedAt = time.GetTimestamp();
                _counting = queue.CountWaitingAsync(CancellationToken.None).AsTask();
            }

            return _counting.WaitAsync(cancellationToken);
        }
    }
}
