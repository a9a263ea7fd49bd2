using System.Threading.Channels;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>Handles items beside each other, but those with the same key one after the other, in the order in which they came.</summary>
internal sealed class KeyedLanes<T> : IAsyncDisposable
{
    /// <summary>How many may wait in a lane before whoever brings more has to wait.</summary>
    private const int Capacity = 256;

    private readonly Channel<T>[] _lanes;
    private readonly Task[] _working;
    private readonly Func<T, CancellationToken, ValueTask> _handle;
    private readonly CancellationToken _giveUp;
    private uint _next;

    /// <param name="count">How many are handled at the same time.</param>
    /// <param name="handle">Handles one; throws only when its token is cancelled.</param>
    /// <param name="giveUp">Its token: ends what is under way, and begins nothing more.</param>
    public KeyedLanes(int count, Func<T, CancellationToken, ValueTask> handle, CancellationToken giveUp)
    {
        (_handle, _giveUp) = (handle, giveUp);
        _lanes = [.. Enumerable.Range(0, count).Select(_ => Channel.CreateBounded<T>(new BoundedChannelOptions(Capacity)))];
        _working = [.. _lanes.Select(lane => Task.Run(() => WorkAsync(lane.Reader), CancellationToken.None))];
    }

    /// <summary>Adds an item; waits where its lane has no room.</summary>
    /// <exception cref="ChannelClosedException">They have been closed.</exception>
    public ValueTask AddAsync(string? key, T item, CancellationToken cancellationToken)
    {
        var lane = key is null ? Interlocked.Increment(ref _next) : (uint)string.GetHashCode(key, StringComparison.Ordinal);
        return _lanes[lane % _lanes.Length].Writer.WriteAsync(item, cancellationToken);
    }

    /// <summary>Takes no more, and waits until what is there has been handled.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes) lane.Writer.TryComplete();
        await Task.WhenAll(_working);
    }

    /// <summary>Takes no more, leaves what waits, and waits for what is under way.</summary>
    public ValueTask LeaveWaitingAsync()
    {
        foreach (var lane in _lanes)
        {
            lane.Writer.TryComplete();
            while (lane.Reader.TryRead(out _))
            {
                // Whoever comes next receives it.
            }
        }

        return DisposeAsync();
    }

    private async Task WorkAsync(ChannelReader<T> waiting)
    {
        try
        {
            await foreach (var item in waiting.ReadAllAsync(_giveUp)) await _handle(item, _giveUp);
        }
        catch (OperationCanceledException)
        {
            // What waits is received again.
        }
    }
}
