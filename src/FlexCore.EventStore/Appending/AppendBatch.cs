using FlexCore.EventStore.Hashing;

namespace FlexCore.EventStore.Appending;

/// <summary>Appends that share a commit, as one: the version that each stream must have before it, and where each event goes if all are taken.</summary>
internal sealed class AppendBatch
{
    /// <summary>A requirement that no stream meets: two appends expect different versions.</summary>
    public const long Impossible = -3;

    private const int MaxEvents = 10_000;
    private const int MaxBytes = 16 * 1024 * 1024;

    private readonly List<PendingAppend> _appends = [];
    private readonly List<string> _streams = [];
    private readonly List<long> _required = [];
    private readonly List<int> _added = [];
    private readonly List<BatchedEvent> _events = [];
    private readonly Dictionary<string, int> _streamIndex = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _ids = [];
    private HashSet<string>? _closed;
    private long _bytes;

    public IReadOnlyList<PendingAppend> Appends => _appends;

    /// <summary>Whether tables of the callers are changed with it.</summary>
    public bool HasChanges { get; private set; }

    /// <summary>The streams that the batch is about, each once.</summary>
    public IReadOnlyList<string> Streams => _streams;

    /// <summary>Of each stream: its version, <see cref="ExpectedVersion.AnyVersion"/>, <see cref="ExpectedVersion.AnyExisting"/> or <see cref="Impossible"/>.</summary>
    public IReadOnlyList<long> Required => _required;

    /// <summary>The events, in the order in which they get their positions.</summary>
    public IReadOnlyList<BatchedEvent> Events => _events;

    /// <summary>Whether an append must wait for the next batch: this one is large enough, or has an append whose fate decides on that of the other.</summary>
    public bool IsFullFor(PendingAppend pending) =>
        _appends.Count > 0 && (_events.Count + pending.EventCount > MaxEvents || _bytes + pending.Bytes > MaxBytes || DependsOn(pending));

    /// <summary>Adds an append behind the others.</summary>
    public void Add(PendingAppend pending)
    {
        _appends.Add(pending);
        _bytes += pending.Bytes;
        HasChanges |= pending.Changes.Count > 0;
        foreach (var append in pending.Appends)
        {
            var stream = Expect(append.StreamId, append.Expected);
            foreach (var item in append.Events)
            {
                _ids.Add(item.Id);
                if (item.IsTombstone) (_closed ??= new(StringComparer.Ordinal)).Add(append.StreamId);
                _events.Add(new BatchedEvent(item, stream, ++_added[stream]));
            }
        }
    }

    /// <summary>Whether all appends can be taken.</summary>
    /// <param name="heads">Where each stream ends.</param>
    public bool Fits(IReadOnlyList<StreamHead> heads)
    {
        for (var stream = 0; stream < heads.Count; stream++)
        {
            if (heads[stream].IsClosed || !Accepts(_required[stream], heads[stream].Version)) return false;
        }

        return true;

        static bool Accepts(long required, long head) => required switch
        {
            ExpectedVersion.AnyVersion => true,
            ExpectedVersion.AnyExisting => head > 0,
            _ => head == required,
        };
    }

    /// <summary>The hashes of the events behind these ends of their streams.</summary>
    /// <param name="heads">Where each stream ends.</param>
    /// <param name="createdAt">When the store takes the events, to the microsecond.</param>
    public LogHash[] Hash(IReadOnlyList<StreamHead> heads, DateTimeOffset createdAt)
    {
        var last = heads.Select(head => head.Hash).ToArray();
        var hashes = new LogHash[_events.Count];
        for (var i = 0; i < hashes.Length; i++)
        {
            var (item, stream, offset) = _events[i];
            var digest = EventHash.Digest(item.Id, createdAt, _streams[stream], item.Type, item.Data.Span, item.Metadata.Span);
            hashes[i] = last[stream] = EventHash.Chain(last[stream], heads[stream].Version + offset, digest);
        }

        return hashes;
    }

    /// <summary>Answers all appends: they have been taken.</summary>
    /// <param name="position">The position of the last event before the batch.</param>
    /// <param name="heads">Where each stream ended before the batch.</param>
    public void Answer(long position, IReadOnlyList<StreamHead> heads)
    {
        var next = 0;
        foreach (var pending in _appends)
        {
            position += pending.EventCount;
            var versions = new List<long>(pending.Appends.Count);
            foreach (var append in pending.Appends)
            {
                if (append.Events.Count == 0) continue;
                next += append.Events.Count;
                var last = _events[next - 1];
                versions.Add(heads[last.Stream].Version + last.Offset);
            }

            pending.Answer(new AppendResult(position, versions));
        }
    }

    /// <summary>Answers those appends that cannot be taken, or have been before.</summary>
    /// <param name="heads">Where each stream ends.</param>
    /// <param name="found">Those events of the batch that are in the store.</param>
    /// <returns>The others.</returns>
    public AppendBatch Decide(IReadOnlyList<StreamHead> heads, IReadOnlyDictionary<Guid, RecordedEvent> found)
    {
        var versions = heads.Select(head => head.IsClosed ? -head.Version : head.Version).ToArray();
        var others = new AppendBatch();
        foreach (var pending in _appends)
        {
            try
            {
                if (FindFirstAnswer(pending, found) is { } first)
                {
                    pending.Answer(first);
                    continue;
                }

                if (pending.Refusal is { } refusal) throw refusal;
                Advance(pending, versions);
                others.Add(pending);
            }
            catch (EventStoreException e)
            {
                pending.Fail(e);
            }
        }

        return others;
    }

    /// <summary>The answer that an append got before, or null when none of its events is in the store.</summary>
    private static AppendResult? FindFirstAnswer(PendingAppend pending, IReadOnlyDictionary<Guid, RecordedEvent> found)
    {
        // A repetition is recognised before the versions are looked at, which it has itself made move on.
        if (!pending.Events.Any(item => found.ContainsKey(item.Id))) return null;
        var position = 0L;
        var versions = new List<long>();
        foreach (var append in pending.Appends)
        {
            if (append.Events.Count == 0) continue;
            var version = 0L;
            foreach (var item in append.Events)
            {
                if (!found.TryGetValue(item.Id, out var recorded))
                {
                    var old = pending.Events.First(known => found.ContainsKey(known.Id)).Id;
                    throw new DuplicateEventException(old, $"The event {old} is in the store already, but the event {item.Id} of the same append is not. Nothing was appended.");
                }

                if (!recorded.IsSameAs(item, append.StreamId))
                    throw new DuplicateEventException(item.Id, $"The event {item.Id} is in the store already, with another stream, type or content. Nothing was appended.");
                position = Math.Max(position, recorded.Position);
                version = Math.Max(version, recorded.Version);
            }

            versions.Add(version);
        }

        return new AppendResult(position, versions);
    }

    /// <summary>Moves the versions on as the append would, or throws and leaves them.</summary>
    private void Advance(PendingAppend pending, long[] versions)
    {
        var before = versions.AsSpan().ToArray();
        foreach (var append in pending.Appends)
        {
            ref var version = ref versions[_streamIndex[append.StreamId]];
            if (version >= 0 && append.Expected.Accepts(version))
            {
                version += append.Events.Count;
                continue;
            }

            var actual = version;
            before.CopyTo(versions, 0);
            throw actual < 0 ? new StreamTombstonedException(append.StreamId) : new StreamVersionConflictException(append.StreamId, append.Expected, actual);
        }
    }

    private bool DependsOn(PendingAppend pending) =>
        pending.Events.Any(item => _ids.Contains(item.Id)) || (_closed is not null && pending.Appends.Any(append => _closed.Contains(append.StreamId)));

    /// <summary>Adds what an append expects of a stream to what is required of it before the batch.</summary>
    private int Expect(string streamId, ExpectedVersion expected)
    {
        if (!_streamIndex.TryGetValue(streamId, out var stream))
        {
            stream = _streams.Count;
            _streamIndex.Add(streamId, stream);
            _streams.Add(streamId);
            _required.Add(ExpectedVersion.AnyVersion);
            _added.Add(0);
        }

        var added = _added[stream];
        var required = expected.Value switch
        {
            ExpectedVersion.AnyVersion => ExpectedVersion.AnyVersion,
            ExpectedVersion.AnyExisting => added > 0 ? ExpectedVersion.AnyVersion : ExpectedVersion.AnyExisting,
            var exact => exact >= added ? exact - added : Impossible,
        };
        _required[stream] = Both(_required[stream], required);
        return stream;
    }

    private static long Both(long one, long other) => (one, other) switch
    {
        (ExpectedVersion.AnyVersion, _) => other,
        (_, ExpectedVersion.AnyVersion) => one,
        (ExpectedVersion.AnyExisting, > 0) => other,
        ( > 0, ExpectedVersion.AnyExisting) => one,
        _ => one == other ? one : Impossible,
    };
}

/// <summary>An event of a batch.</summary>
/// <param name="Data">The event.</param>
/// <param name="Stream">The index of its stream in the batch.</param>
/// <param name="Offset">How far its version lies after that of the stream before the batch.</param>
internal readonly record struct BatchedEvent(EventData Data, int Stream, int Offset);
