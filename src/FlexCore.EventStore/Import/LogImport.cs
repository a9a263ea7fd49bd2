using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Hashing;

namespace FlexCore.EventStore.Import;

/// <summary>Takes over the log of another store, in batches, each all or nothing.</summary>
internal sealed class LogImport(IEventStore store, Func<IReadOnlyList<RecordedEvent>, CancellationToken, ValueTask> write)
{
    private const int MaxEvents = 20_000;
    private const long MaxBytes = 64 * 1024 * 1024;

    private readonly List<RecordedEvent> _batch = [];
    private readonly Queue<RecordedEvent> _known = [];
    private readonly Dictionary<string, StreamHead> _heads = new(StringComparer.Ordinal);
    private long _bytes;

    /// <returns>How many events were new.</returns>
    public async ValueTask<long> RunAsync(IAsyncEnumerable<RecordedEvent> events, CancellationToken cancellationToken)
    {
        var first = await store.GetLastPositionAsync(cancellationToken).ConfigureAwait(false);
        var next = 1L;
        await foreach (var item in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (item.Position != next) throw new LogMismatchException(item.Position, $"The event at position {item.Position} comes where position {next} was to come.");
            next++;
            AppendRules.Check(item);
            Follow(item);
            if (item.Position <= first) await CompareAsync(item, cancellationToken).ConfigureAwait(false);
            else await AddAsync(item, cancellationToken).ConfigureAwait(false);
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return Math.Max(0, next - 1 - first);
    }

    /// <summary>Keeps a changed log out: each event follows the one before it in its stream, and has the hash that follows from both.</summary>
    private void Follow(RecordedEvent item)
    {
        var head = _heads.GetValueOrDefault(item.StreamId);
        if (item.Version != head.Version + 1) throw new LogMismatchException(item.Position, $"The event at position {item.Position} has version {item.Version} in its stream, where {head.Version + 1} was to come.");
        if (EventHash.Of(item, head.Hash) != item.Hash)
            throw new LogMismatchException(item.Position, $"The event at position {item.Position} has another hash than follows from what it says: it was changed.");
        _heads[item.StreamId] = new StreamHead(item.Version, IsClosed: false, item.Hash);
    }

    /// <summary>What the store has is passed over: an import that was cut off can be done again.</summary>
    private async ValueTask CompareAsync(RecordedEvent item, CancellationToken cancellationToken)
    {
        if (_known.Count == 0)
        {
            foreach (var known in await store.ReadLogAsync(item.Position - 1, 1000, new LogFilter(), cancellationToken).ConfigureAwait(false)) _known.Enqueue(known);
        }

        if (!_known.Dequeue().IsSameAs(item)) throw new LogMismatchException(item.Position, $"The store has another event at position {item.Position}: it is not a copy of the same log.");
    }

    private async ValueTask AddAsync(RecordedEvent item, CancellationToken cancellationToken)
    {
        _batch.Add(item);
        _bytes += item.Data.Length + item.Metadata.Length;
        if (_batch.Count >= MaxEvents || _bytes >= MaxBytes) await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0) return;
        await write(_batch, cancellationToken).ConfigureAwait(false);
        _batch.Clear();
        _bytes = 0;
    }
}
