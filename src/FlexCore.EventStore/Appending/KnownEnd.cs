namespace FlexCore.EventStore.Appending;

/// <summary>
/// What a writer knows of the log's end: the last position, and the versions of those streams that it has written to itself. It holds as long as
/// nobody else appends, which the store must check when it relies on it.
/// </summary>
internal sealed class KnownEnd
{
    private const int MaxStreams = 10_000;

    private readonly Dictionary<string, long> _heads = new(StringComparer.Ordinal);
    private long? _position;
    private bool _isAlone;

    /// <summary>The place of the only event of a batch, when it is known: it follows this writer's last one, in a stream that is new or was written by it.</summary>
    /// <returns>Null when it is not known, or another writer has lately come between.</returns>
    public (long Position, long Version)? TryPlace(AppendBatch batch)
    {
        if (!_isAlone || batch.Events.Count != 1 || batch.Streams.Count != 1) return null;
        var required = batch.Required[0];
        if (required == 0) return (_position!.Value + 1, 1);
        return _heads.TryGetValue(batch.Streams[0], out var head) && batch.Fits([head]) ? (_position!.Value + 1, head + 1) : null;
    }

    /// <summary>Moves on behind a batch that was written.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="position">The position of the last event before it.</param>
    /// <param name="heads">The version that each stream had before it.</param>
    public void Follow(AppendBatch batch, long position, IReadOnlyList<long> heads)
    {
        _isAlone = position == _position;
        if (!_isAlone || _heads.Count > MaxStreams) _heads.Clear();
        _position = position + batch.Events.Count;
        foreach (var (item, stream, offset) in batch.Events)
        {
            // Nothing follows a tombstone.
            if (item.IsTombstone) _heads.Remove(batch.Streams[stream]);
            else _heads[batch.Streams[stream]] = heads[stream] + offset;
        }
    }

    /// <summary>Knows nothing any more.</summary>
    public void Forget()
    {
        _heads.Clear();
        _position = null;
        _isAlone = false;
    }
}
