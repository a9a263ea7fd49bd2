using System.Runtime.InteropServices;
using System.Text;
using FlexCore.Domain;

namespace FlexCore.Plugins.Sync;

/// <summary>Counts records by record stream. One thread counts, others may look; counting allocates only for a new stream.</summary>
internal sealed class RecordCounts
{
    private const int MaxStreams = 10_000;

    private readonly List<Counter> _counters = [];
    private readonly Dictionary<byte[], Counter>.AlternateLookup<ReadOnlySpan<byte>> _byName =
        new Dictionary<byte[], Counter>(new NameComparer()).GetAlternateLookup<ReadOnlySpan<byte>>();
    private readonly Lock _gate = new();
    private Counter? _last;

    /// <summary>Counts one record.</summary>
    /// <returns>False when there are more record streams than FlexCore keeps count of.</returns>
    public bool Add(ReadOnlySpan<byte> stream)
    {
        var counter = _last is not null && stream.SequenceEqual(_last.Name) ? _last : Find(stream);
        if (counter is null) return false;
        _last = counter;
        Volatile.Write(ref counter.Records, counter.Records + 1);
        return true;
    }

    /// <summary>The counts at this moment.</summary>
    public IReadOnlyDictionary<string, long> Snapshot()
    {
        lock (_gate)
        {
            // Names that look the same once they are printable are counted together.
            var counts = new Dictionary<string, long>(_counters.Count, StringComparer.Ordinal);
            foreach (var counter in _counters)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, Printable.Escape(Encoding.UTF8.GetString(counter.Name)), out _) += Volatile.Read(ref counter.Records);
            return counts;
        }
    }

    private Counter? Find(ReadOnlySpan<byte> stream)
    {
        if (_byName.TryGetValue(stream, out var known)) return known;
        if (_counters.Count == MaxStreams) return null;
        var added = new Counter(stream.ToArray());
        _byName.Dictionary.Add(added.Name, added);
        lock (_gate) _counters.Add(added);
        return added;
    }

    private sealed class Counter(byte[] name)
    {
        public readonly byte[] Name = name;
        public long Records;
    }

    private sealed class NameComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
