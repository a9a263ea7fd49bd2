using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;

namespace FlexCore.EventStore.History;

/// <summary>Reads the log from a position up to another, whatever stands there.</summary>
internal sealed class LogPages(IEventStore store, IArchiveTables archive, long afterPosition, long lastPosition)
{
    private const int FirstCount = 500;
    private const int MaxCount = 5000;
    private const long MaxBytes = 32 * 1024 * 1024;

    private static readonly LogFilter All = new();

    private long _after = afterPosition;
    private int _count = FirstCount;

    /// <summary>Reads the next page; one without events is the last.</summary>
    public async Task<LogPage> ReadAsync(CancellationToken cancellationToken)
    {
        var (unreadableFrom, unreadableTo) = (0L, 0L);
        IReadOnlyList<RecordedEvent>? events;
        while ((events = await TryReadAsync(_after, _count, cancellationToken).ConfigureAwait(false)) is null)
        {
            if (_count > 1)
            {
                _count /= 2;
                continue;
            }

            if (unreadableFrom == 0) unreadableFrom = _after + 1;
            unreadableTo = _after = await FindReadableAsync(cancellationToken).ConfigureAwait(false);
        }

        var count = events.Count;
        while (count > 0 && events[count - 1].Position > lastPosition) count--;
        if (count > 0) _after = events[count - 1].Position;
        _count = NextCount(events);
        return new LogPage(events, count, unreadableFrom, unreadableTo);
    }

    /// <summary>Where a stream ended before an event of it.</summary>
    /// <returns>Nothing when nothing before <paramref name="beforePosition"/> can be read.</returns>
    public async ValueTask<StreamHead> ReadHeadAsync(RecordedEvent item, long beforePosition, CancellationToken cancellationToken)
    {
        try
        {
            // Of what has left, what was remembered will do: the archive need not be there.
            var archived = await archive.ReadStreamAsync(item.StreamId, cancellationToken).ConfigureAwait(false);
            if (archived is [.., var (_, head)] && head.Version == item.Version - 1) return head;
            var events = await store.ReadStreamBackwardsAsync(item.StreamId, item.Version - 1, 1, cancellationToken).ConfigureAwait(false);
            return events is [var before] && before.Position <= beforePosition ? ChainVerifier.HeadAt(before) : default;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return default;
        }
    }

    /// <summary>Few large events to a page, many small ones.</summary>
    private int NextCount(IReadOnlyList<RecordedEvent> events)
    {
        var bytes = events.Sum(item => (long)item.Data.Length + item.Metadata.Length);
        var fitting = bytes == 0 ? MaxCount : MaxBytes * events.Count / bytes;
        return (int)Math.Clamp(fitting, 1, Math.Min(_count * 2L, MaxCount));
    }

    /// <summary>The position of the last of the events behind the present one that cannot be read: where going further by one makes the difference.</summary>
    private async ValueTask<long> FindReadableAsync(CancellationToken cancellationToken)
    {
        var step = 1L;
        while (await TryReadAsync(_after + step, 1, cancellationToken).ConfigureAwait(false) is null) step *= 2;
        var (unreadable, readable) = (step / 2, step);
        while (readable - unreadable > 1)
        {
            var middle = unreadable + ((readable - unreadable) / 2);
            if (await TryReadAsync(_after + middle, 1, cancellationToken).ConfigureAwait(false) is null) unreadable = middle;
            else readable = middle;
        }

        return _after + readable;
    }

    private async ValueTask<IReadOnlyList<RecordedEvent>?> TryReadAsync(long after, int count, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadLogAsync(after, count, All, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return null;
        }
    }

    /// <summary>A hash that is too short, a time out of range: no store writes such a thing.</summary>
    private static bool IsUnreadable(Exception e) => e is ArgumentException or InvalidCastException or FormatException or OverflowException;
}
