using System.Buffers;
using FlexCore.EventStore.Hashing;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.History;

/// <summary>Events that follow each other in the log, with what can be computed of each alone.</summary>
internal sealed class LogPage(IReadOnlyList<RecordedEvent> events, int count, long unreadableFrom, long unreadableTo) : IDisposable
{
    private const int ChunkSize = 256;

    private readonly LogHash[] _digests = ArrayPool<LogHash>.Shared.Rent(count);
    private readonly LogHash[] _leaves = ArrayPool<LogHash>.Shared.Rent(count);
    private Dictionary<LogHash, int>? _index;

    public int Count => count;

    /// <summary>The first position before the page whose event cannot be read; 0 when there is none.</summary>
    public long UnreadableFrom => unreadableFrom;

    public long UnreadableTo => unreadableTo;

    /// <summary>Whether the log goes on behind the page.</summary>
    public bool IsLast => count == 0;

    public RecordedEvent this[int index] => events[index];

    public LogHash Digest(int index) => _digests[index];

    /// <summary>The leaf that goes with the stored hash.</summary>
    public LogHash Leaf(int index) => _leaves[index];

    public void Compute() => Parallel.For(0, (count + ChunkSize - 1) / ChunkSize, chunk =>
    {
        for (var i = chunk * ChunkSize; i < Math.Min(count, (chunk + 1) * ChunkSize); i++)
        {
            var recorded = events[i];
            _digests[i] = EventHash.Digest(recorded.Id, recorded.RecordedAt, recorded.StreamId, recorded.Type, recorded.Data.Span, recorded.Metadata.Span);
            _leaves[i] = MerkleHash.Leaf(recorded.Hash);
        }
    });

    /// <summary>Finds the last event with a leaf.</summary>
    /// <returns>Its index, -1 when there is none.</returns>
    public int Find(LogHash leaf)
    {
        if (_index is null)
        {
            _index = new Dictionary<LogHash, int>(count);
            for (var i = 0; i < count; i++) _index[_leaves[i]] = i;
        }

        return _index.GetValueOrDefault(leaf, -1);
    }

    public void Dispose()
    {
        ArrayPool<LogHash>.Shared.Return(_digests);
        ArrayPool<LogHash>.Shared.Return(_leaves);
    }
}
