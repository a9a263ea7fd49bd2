using System.Runtime.CompilerServices;
using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore.Archives;

/// <summary>
/// The part of a log that lies in files. A store's table is asked first and what remembers the archive after it, so that an event which leaves meanwhile is seen in
/// one of them.
/// </summary>
/// <param name="folder">Where the files are; null when the store was opened without an archive.</param>
/// <param name="store">The store.</param>
/// <param name="tables">What it remembers.</param>
internal sealed class LogArchive(string? folder, IEventStore store, IArchiveTables tables)
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
            var segment = await WriteAsync(target, first, last, cancellationToken).ConfigureAwait(false);
            if (await tables.MoveAsync(segment, cancellationToken).ConfigureAwait(false)) moved.Add(segment);
            else File.Delete(Path.Combine(target, segment.File));
        }
    }

    /// <summary>Completes what the table answered to a question for a stream, oldest first.</summary>
    public async ValueTask<IReadOnlyList<RecordedEvent>> StreamAsync(
        IReadOnlyList<RecordedEvent> inTable, string streamId, long fromVersion, int maxCount, CancellationToken cancellationToken)
    {
        var from = Math.Max(fromVersion, 1);
        if (maxCount == 0 || (inTable is [var first, ..] && first.Version == from)) return inTable;
        var events = new List<RecordedEvent>();
        foreach (var (segment, head) in await tables.ReadStreamAsync(streamId, cancellationToken).ConfigureAwait(false))
        {
            if (events.Count >= maxCount) return events;
            if (head.Version >= from) events.AddRange(Read(segment, session => SqliteReads.Stream(session, streamId, from, maxCount - events.Count)));
        }

        return events is [.., var last] ? [.. events, .. inTable.SkipWhile(item => item.Version <= last.Version).Take(maxCount - events.Count)] : inTable;
    }

    /// <summary>Completes what the table answered to a question for a stream, newest first.</summary>
    public async ValueTask<IReadOnlyList<RecordedEvent>> StreamBackwardsAsync(
        IReadOnlyList<RecordedEvent> inTable, string streamId, long fromVersion, int maxCount, CancellationToken cancellationToken)
    {
        var from = inTable is [.., var oldest] ? oldest.Version - 1 : fromVersion;
        if (inTable.Count >= maxCount || from < 1) return inTable;
        var events = new List<RecordedEvent>(inTable);
        var parts = await tables.ReadStreamAsync(streamId, cancellationToken).ConfigureAwait(false);
        for (var i = parts.Count - 1; i >= 0 && events.Count < maxCount; i--)
        {
            if (i > 0 && parts[i - 1].Head.Version >= from) continue;
            events.AddRange(Read(parts[i].Segment, session => SqliteReads.StreamBackwards(session, streamId, from, maxCount - events.Count)));
        }

        return events;
    }

    /// <summary>Completes what the table answered to a question for the log.</summary>
    public async ValueTask<IReadOnlyList<RecordedEvent>> LogAsync(
        IReadOnlyList<RecordedEvent> inTable, long afterPosition, int maxCount, LogFilter filter, CancellationToken cancellationToken)
    {
        if (maxCount == 0 || (inTable is [var first, ..] && first.Position == Math.Max(afterPosition, 0) + 1)) return inTable;
        var segments = await tables.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false);
        if (segments is not [.., var newest] || newest.LastPosition <= afterPosition) return inTable;
        var events = new List<RecordedEvent>();
        foreach (var segment in segments.Where(segment => segment.LastPosition > afterPosition))
        {
            if (events.Count >= maxCount) return events;
            events.AddRange(Read(segment, session => SqliteReads.Log(session, afterPosition, maxCount - events.Count, filter)));
        }

        return [.. events, .. inTable.Where(item => item.Position > newest.LastPosition).Take(maxCount - events.Count)];
    }

    /// <summary>Adds those events to what was found that have left.</summary>
    public async ValueTask FindAsync(Dictionary<Guid, RecordedEvent> found, IEnumerable<Guid> archivedIds, CancellationToken cancellationToken)
    {
        var missing = archivedIds.ToHashSet();
        foreach (var segment in missing.Count == 0 ? [] : (await tables.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false)).Reverse())
        {
            if (missing.Count == 0) break;
            foreach (var item in Read(segment, session => missing.Select(id => SqliteReads.Find(session, id)).OfType<RecordedEvent>().ToList()))
            {
                found[item.Id] = item;
                missing.Remove(item.Id);
            }
        }
    }

    private async ValueTask<ArchiveSegment> WriteAsync(string target, long first, long last, CancellationToken cancellationToken)
    {
        // Not the positions alone: two processes may be at it.
        var file = $"events-{first:D12}-{last:D12}-{Guid.NewGuid().ToString("N")[..8]}.db";
        var firstHash = await ArchiveFile.WriteAsync(Path.Combine(target, file), ReadAsync(first, last, cancellationToken)).ConfigureAwait(false);
        return new ArchiveSegment(first, last, firstHash, file);
    }

    private async IAsyncEnumerable<RecordedEvent> ReadAsync(long first, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = first; next <= last;)
        {
            var page = await store.ReadLogAsync(next - 1, (int)Math.Min(PageSize, last - next + 1), new LogFilter(), cancellationToken).ConfigureAwait(false);
            foreach (var item in page.DefaultIfEmpty())
            {
                if (item?.Position != next) throw new InvalidDataException($"There is no event at position {next}: somebody has changed the database.");
                next++;
                yield return item;
            }
        }
    }

    private T Read<T>(ArchiveSegment segment, Func<SqliteSession, T> read) => ArchiveFile.Read(PathOf(segment), read);

    private string PathOf(ArchiveSegment segment) => Path.Combine(folder ?? "", segment.File);
}
