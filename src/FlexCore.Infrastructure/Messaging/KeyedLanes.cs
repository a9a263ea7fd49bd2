using System.Threading.Channels;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>Handles items beside each other, but those with the same key one after the other, in the order in which they came.</summary>
internal sealed class KeyedLanes<T>
{
    /// <summary>How many may wait in a lane before whoever brings more has to wait.</summary>
    private const int Capacity = 256;

    private readonly Channel<T>[] _lanes;
    private readonly Task<IReadOnlyList<T>>[] _working;
    private readonly Func<T, CancellationToken, ValueTask> _handle;
    private readonly CancellationToken _giveUp;
    private uint _next;

    /// <param name="count">How many are handled at the same time.</param>
    /// <param name="handle">Handles one; throws only when it was given up.</param>
    /// <param name="giveUp">Its token: ends what is under way.</param>
    public KeyedLanes(int count, Func<T, CancellationToken, ValueTask> handle, CancellationToken giveUp)
    {
        (_handle, _giveUp) = (handle, giveUp);
        _lanes = [.. Enumerable.Range(0, count).Select(_ => Channel.CreateBounded<T>(new BoundedChannelOptions(Capacity)))];
        _working = [.. _lanes.Select(lane => Task.Run(() => WorkAsync(lane.Reader), CancellationToken.None))];
    }

    /// <summary>Adds an item; waits where its lane has no room.</summary>
    public ValueTask AddAsync(string? key, T item, CancellationToken cancellationToken)
    {
        var lane = key is null ? Interlocked.Increment(ref _next) : (uint)string.GetHashCode(key, StringComparison.Ordinal);
        return _lanes[lane % _lanes.Length].Writer.WriteAsync(item, cancellationToken);
    }

    /// <summary>Takes no more, and waits for what is under way.</summary>
    /// <returns>What was not handled; those of a key in their order.</returns>
    public async ValueTask<IReadOnlyList<T>> EndAsync()
    {
        var waiting = new List<T>[_lanes.Length];
        for (var lane = 0; lane < _lanes.Length; lane++)
        {
            _lanes[lane].Writer.TryComplete();
            waiting[lane] = [];
            while (_lanes[lane].Reader.TryRead(out var item)) waiting[lane].Add(item);
        }

        var givenUp = await Task.WhenAll(_working);
        return [.. givenUp.Zip(waiting, (first, rest) => first.Concat(rest)).SelectMany(left => left)];
    }

    /// <returns>The item that was given up, before all that were behind it; none where the lane has come to its end.</returns>
    private async Task<IReadOnlyList<T>> WorkAsync(ChannelReader<T> waiting)
    {
        await foreach (var item in waiting.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await _handle(item, _giveUp);
            }
            catch (OperationCanceledException)
            {
                return [item];
            }
        }

        return [];
    }
}
