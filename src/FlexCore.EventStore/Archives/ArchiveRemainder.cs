namespace FlexCore.EventStore.Archives;

/// <summary>What a database must remember of events that leave it, because nothing tells when it was made.</summary>
/// <param name="upTo">When the last of the events was recorded: what claims to be made later is not believed, or all that is new would seem old.</param>
internal sealed class ArchiveRemainder(DateTimeOffset upTo)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _streams = [];
    private readonly List<Guid> _ids = [];

    /// <summary>Ids to remember.</summary>
    public IReadOnlyCollection<Guid> Ids => _ids;

    /// <summary>Streams of which the end is to be remembered for ever; that of the others only while they go on.</summary>
    public IReadOnlyCollection<string> Streams => _streams;

    /// <summary>The least and the greatest of the ids that are not remembered.</summary>
    public (Guid First, Guid Last)? Dated { get; private set; }

    /// <summary>Takes the next event.</summary>
    public void Add(RecordedEvent item)
    {
        if (DatedId.IsDated(item.Id, upTo)) Reach(item.Id);
        else _ids.Add(item.Id);
        if (!_seen.Add(item.StreamId)) return;

        if (DatedId.OfStream(item.StreamId) is { } named && DatedId.IsDated(named, upTo)) Reach(named);
        else _streams.Add(item.StreamId);
    }

    private void Reach(Guid id) => Dated = Dated is not var (first, last) ? (id, id) : (id.CompareTo(first) < 0 ? id : first, id.CompareTo(last) > 0 ? id : last);
}
