namespace FlexCore.Plugins.Sync;

/// <summary>What has become of the records of one record stream in a flow. One thread counts, others may look.</summary>
internal sealed class StreamCounter(byte[] name, string shownName, StreamStages? stages)
{
    /// <summary>As the plugin wrote it, in UTF-8.</summary>
    public readonly byte[] Name = name;

    /// <summary>The name, fit to show.</summary>
    public readonly string ShownName = shownName;

    /// <summary>What looks into the records; null when nothing does.</summary>
    public readonly StreamStages? Stages = stages;

    /// <summary>Whether another tap of the sync is to read this record stream.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>Records that came in.</summary>
    public long In;

    /// <summary>Records that went out.</summary>
    public long Out;

    /// <summary>Records that a map left out.</summary>
    public long LeftOut;

    /// <summary>Records that became dead letters.</summary>
    public long Dead;

    /// <summary>Bytes of the records that went out, newlines included.</summary>
    public long Bytes;

    /// <summary>Adds to one of the counts, for other threads to see.</summary>
    public static void Add(ref long count, long number = 1) => Volatile.Write(ref count, count + number);
}

/// <summary>Counters by record stream; counting allocates only for a new stream.</summary>
internal sealed class StreamCounts(Func<byte[], StreamStages?> stagesOf, Func<byte[], string> show, Func<byte[], bool>? isElsewhere = null)
{
    /// <summary>A name of more bytes is no record stream's: names are held for as long as the flow lasts.</summary>
    public const int MaxNameBytes = 1000;

    private const int MaxStreams = 10_000;

    private readonly List<StreamCounter> _counters = [];
    private readonly Utf8Table<StreamCounter> _byName = new();
    private readonly Lock _gate = new();
    private StreamCounter? _last;

    /// <summary>The counter of a stream; null when its name is too long, or there are more record streams than FlexCore keeps count of.</summary>
    public StreamCounter? Find(ReadOnlySpan<byte> stream)
    {
        if (_last is not null && stream.SequenceEqual(_last.Name)) return _last;
        return _last = _byName.Find(stream) ?? Add(stream);
    }

    /// <summary>The counts at this moment, by a name that can be shown. Streams whose names then look the same are taken together.</summary>
    public IReadOnlyDictionary<string, StreamCounter> Snapshot()
    {
        lock (_gate)
        {
            var counts = new Dictionary<string, StreamCounter>(_counters.Count, StringComparer.Ordinal);
            foreach (var counter in _counters)
            {
                if (!counts.TryGetValue(counter.ShownName, out var sum)) counts.Add(counter.ShownName, sum = new StreamCounter(counter.Name, counter.ShownName, stages: null));
                sum.In += Volatile.Read(ref counter.In);
                sum.Out += Volatile.Read(ref counter.Out);
                sum.LeftOut += Volatile.Read(ref counter.LeftOut);
                sum.Dead += Volatile.Read(ref counter.Dead);
                sum.Bytes += Volatile.Read(ref counter.Bytes);
            }

            return counts;
        }
    }

    private StreamCounter? Add(ReadOnlySpan<byte> stream)
    {
        if (_counters.Count == MaxStreams || stream.Length > MaxNameBytes) return null;
        var name = stream.ToArray();
        var added = new StreamCounter(name, show(name), stagesOf(name)) { IsElsewhere = isElsewhere?.Invoke(name) == true };
        _byName.Set(added.Name, added);
        lock (_gate) _counters.Add(added);
        return added;
    }
}
