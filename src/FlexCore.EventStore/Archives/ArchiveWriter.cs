using System.Runtime.CompilerServices;
using FlexCore.EventStore.Merkle;

namespace FlexCore.EventStore.Archives;

/// <summary>Moves the beginning of a log into files.</summary>
/// <param name="folder">Where the files go; null when the store was opened without an archive.</param>
/// <param name="store">The store.</param>
/// <param name="tables">What it remembers.</param>
internal sealed class ArchiveWriter(string? folder, IEventStore store, IArchiveTables tables)
{
    private const int SegmentSize = 100_000;
    private const int PageSize = 5_000;

    /// <summary>Moves the log up to a position into files.</summary>
    public async ValueTask<IReadOnlyList<ArchiveSegment>> MoveAsync(long upTo, CancellationToken cancellationToken)
    {
        var target = folder ?? throw new InvalidOperationException("The store was opened without a folder for its archive.");
        Directory.CreateDirectory(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // The last event says where the log ends, and the tree goes on behind what it has sealed.
        var (sealedUpTo, _) = await store.History.SealAsync(cancellationToken).ConfigureAwait(false);
        upTo = Math.Min(upTo, sealedUpTo - 1);
        var moved = new List<ArchiveSegment>();
        while (true)
        {
            var segments = await tables.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false);
            var first = segments is [.., var newest] ? newest.LastPosition + 1 : 1;
            var last = Math.Min(upTo, first + SegmentSize - 1);
            if (last < first) return moved;
            var (segment, remainder) = await WriteAsync(target, first, last, cancellationToken).ConfigureAwait(false);
            if (await tables.MoveAsync(segment, remainder, cancellationToken).ConfigureAwait(false)) moved.Add(segment);
            else File.Delete(Path.Combine(target, segment.File));
        }
    }

    private async ValueTask<(ArchiveSegment Segment, ArchiveRemainder Remainder)> WriteAsync(string target, long first, long last, CancellationToken cancellationToken)
    {
        // Not the positions alone: two processes may be at it.
        var file = $"events-{first:D12}-{last:D12}-{Guid.NewGuid().ToString("N")[..8]}.db";
        var end = await store.ReadLogAsync(last - 1, 1, new LogFilter(), cancellationToken).ConfigureAwait(false);
        var remainder = new ArchiveRemainder(end is [var newest] ? newest.RecordedAt : throw Missing(last));
        var tiles = await ReadTilesAsync(first, last, cancellationToken).ConfigureAwait(false);
        var firstHash = await ArchiveFile.WriteAsync(Path.Combine(target, file), ReadAsync(first, last, remainder, cancellationToken), tiles).ConfigureAwait(false);
        return (new ArchiveSegment(first, last, firstHash, file) { Dated = remainder.Dated }, remainder);
    }

    private async IAsyncEnumerable<RecordedEvent> ReadAsync(long first, long last, ArchiveRemainder remainder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = first; next <= last;)
        {
            var page = await store.ReadLogAsync(next - 1, (int)Math.Min(PageSize, last - next + 1), new LogFilter(), cancellationToken).ConfigureAwait(false);
            foreach (var item in page.DefaultIfEmpty())
            {
                if (item?.Position != next) throw Missing(next);
                next++;
                remainder.Add(item);
                yield return item;
            }
        }
    }

    private async ValueTask<IReadOnlyList<Tile>> ReadTilesAsync(long first, long last, CancellationToken cancellationToken)
    {
        var range = Tile.OfLeaves(first, last);
        List<TileId> ids = [];
        for (var index = range.First; index <= range.Last; index++) ids.Add(new TileId(0, index));
        if (ids.Count == 0) return [];
        var hashes = await store.History.Tables.ReadTilesAsync(ids, cancellationToken).ConfigureAwait(false);
        return [.. ids.Zip(hashes, (id, found) => new Tile(id, found))];
    }

    private static InvalidDataException Missing(long position) => new($"There is no event at position {position}: somebody has changed the database.");
}
