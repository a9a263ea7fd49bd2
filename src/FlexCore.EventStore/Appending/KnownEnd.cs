using FlexCore.EventStore.Archives;

namespace FlexCore.EventStore.Appending;

/// <summary>
/// What a writer knows of the log's end: the last position, and where those streams end that it has written to itself. It holds as long as
/// nobody else appends, which the store must check when it relies on it.
/// </summary>
internal sealed class KnownEnd
{
    private const int MaxStreams = 10_000;

    private readonly Dictionary<string, StreamHead> _heads = new(StringComparer.Ordinal);
    private long? _position;

    /// <summary>The next position, when it is known; null when another writer has lately come between.</summary>
    public long? NextPosition { get; private set; }

    /// <summary>How much had left when the streams were looked at; null when that has to be done first. As long as no more leaves, what is known here holds.</summary>
    public ArchiveEnd? Archived { get; set; }

    /// <summary>Where a stream ends, as far as it is known. One that must be new ends nowhere.</summary>
    public StreamHead? Find(string streamId, long required)
    {
        if (required == 0) return default(StreamHead);
        return _heads.TryGetValue(streamId, out var head) ? head : null;
    }

    /// <summary>Moves on behind a batch that was written.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="position">The position of the last event before it.</param>
    /// <param name="heads">Where each stream ended before it.</param>
    /// <param name="hashes">The hashes of its events.</param>
    public void Follow(AppendBatch batch, long position, IReadOnlyList<StreamHead> heads, IReadOnlyList<LogHash> hashes)
    {
        if (_heads.Count > MaxStreams) _heads.Clear();
        for (var i = 0; i < hashes.Count; i++)
        {
            var (item, stream, offset) = batch.Events[i];
            _heads[batch.Streams[stream]] = new StreamHead(heads[stream].Version + offset, item.IsTombstone, hashes[i]);
        }

        var last = position + hashes.Count;
        NextPosition = position == _position ? last + 1 : null;
        _position = last;
    }

    /// <summary>Knows nothing any more.</summary>
    public void Forget()
    {
        _heads.Clear();
        _position = null;
        NextPosition = null;
        Archived = null;
    }
}
