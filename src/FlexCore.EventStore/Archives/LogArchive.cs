using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Merkle;
using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore.Archives;

/// <summary>
/// The part of a log that lies in files. A store's table is asked first and what remembers the archive after it, so that an event which leaves meanwhile is seen in
/// one of them. What tells its own time is remembered by nobody: the files of that time are asked.
/// </summary>
/// <param name="folder">Where the files are; null when the store was opened without an archive.</param>
/// <param name="tables">What the store remembers.</param>
internal sealed class LogArchive(string? folder, IArchiveTables tables)
{
    /// <summary>Completes what the table answered to a question for a stream, oldest first.</summary>
    public async ValueTask<IReadOnlyList<RecordedEvent>> StreamAsync(
        IReadOnlyList<RecordedEvent> inTable, string streamId, long fromVersion, int maxCount, CancellationToken cancellationToken)
    {
        var from = Math.Max(fromVersion, 1);
        if (maxCount == 0 || (inTable is [var first, ..] && first.Version == from)) return inTable;
        var events = new List<RecordedEvent>();
        foreach (var (segment, head) in await PartsAsync(streamId, cancellationToken).ConfigureAwait(false))
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
        var parts = await PartsAsync(streamId, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Completes what the table answered to a question for the names of streams, the last one first.</summary>
    public async ValueTask<IReadOnlyList<string>> StreamsAsync(IReadOnlyList<string> inTable, string category, string? before, int maxCount, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(inTable, StringComparer.Ordinal);
        var segments = maxCount == 0 ? [] : await tables.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (segment, last) in segments.Select(segment => (segment, Last: $"{category}-{segment.Dated?.Last}")).OrderByDescending(part => part.Last, StringComparer.Ordinal))
        {
            if (segment.Dated is not var (first, _) || (before is not null && string.CompareOrdinal($"{category}-{first}", before) >= 0)) continue;
            while (names.Count > maxCount) names.Remove(names.Min!);
            if (names.Count == maxCount && string.CompareOrdinal(last, names.Min) < 0) break;
            names.UnionWith(Read(segment, session => SqliteReads.StreamsInEvents(session, category, before, maxCount)));
        }

        return [.. names.Reverse().Take(maxCount)];
    }

    /// <summary>Completes what the table answered to a question for tiles.</summary>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> TilesAsync(IReadOnlyList<ReadOnlyMemory<byte>> inTable, IReadOnlyList<TileId> ids, CancellationToken cancellationToken)
    {
        // One that has left can have been written again, as it once was, by a process that was slow.
        var open = Enumerable.Range(0, ids.Count).Where(i => ids[i].Level == 0 && inTable[i].Length < Tile.Size).ToList();
        if (open.Count == 0) return inTable;
        var tiles = inTable.ToArray();
        foreach (var segment in await tables.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false))
        {
            var (first, last) = Tile.OfLeaves(segment.FirstPosition, segment.LastPosition);
            var here = open.FindAll(i => ids[i].Index >= first && ids[i].Index <= last);
            if (here.Count == 0) continue;
            var found = Read(segment, session => SqliteTree.HasTiles(session) ? SqliteTree.Tiles(session, [.. here.Select(i => ids[i])]) : []);
            for (var i = 0; i < found.Count; i++) tiles[here[i]] = found[i];
        }

        return tiles;
    }

    /// <summary>Adds those events to what was found that have left.</summary>
    /// <param name="found">Found in the table.</param>
    /// <param name="remembered">Ids of which it is remembered that they have left.</param>
    /// <param name="asked">All that are asked for.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async ValueTask FindAsync(Dictionary<Guid, RecordedEvent> found, IReadOnlyCollection<Guid> remembered, IEnumerable<Guid> asked, CancellationToken cancellationToken)
    {
        var missing = asked.Where(id => !found.ContainsKey(id) && (DatedId.IsDated(id) || remembered.Contains(id))).ToHashSet();
        foreach (var segment in missing.Count == 0 ? [] : (await tables.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false)).Reverse())
        {
            var here = missing.Where(id => remembered.Contains(id) || MayHave(segment, id)).ToList();
            if (here.Count == 0) continue;
            foreach (var item in Read(segment, session => here.Select(id => SqliteReads.Find(session, id)).OfType<RecordedEvent>().ToList()))
            {
                found[item.Id] = item;
                missing.Remove(item.Id);
            }
        }
    }

    /// <summary>Whether an event of a batch has left, as far as it is not remembered.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="end">How much has left.</param>
    public async ValueTask<bool> HasAnyAsync(AppendBatch batch, ArchiveEnd end)
    {
        if (!batch.Events.Any(item => end.MayHave(item.Data.Id))) return false;
        var found = new Dictionary<Guid, RecordedEvent>();
        await FindAsync(found, [], batch.Events.Select(item => item.Data.Id), CancellationToken.None).ConfigureAwait(false);
        return found.Count > 0;
    }

    /// <summary>Completes where streams end with those that have left and are not remembered.</summary>
    /// <param name="heads">As far as the store knows them.</param>
    /// <param name="batch">The batch that is about the streams.</param>
    /// <param name="end">How much has left.</param>
    public async ValueTask CompleteAsync(StreamHead[] heads, AppendBatch batch, ArchiveEnd end)
    {
        for (var i = 0; i < heads.Length; i++)
        {
            if (heads[i].Version > 0 || DatedId.OfStream(batch.Streams[i]) is not { } id || !end.MayHave(id)) continue;
            if (await DatedPartsAsync(batch.Streams[i], [], CancellationToken.None).ConfigureAwait(false) is [.., var (_, head)]) heads[i] = head;
        }
    }

    private async ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> PartsAsync(string streamId, CancellationToken cancellationToken)
    {
        var remembered = await tables.ReadStreamAsync(streamId, cancellationToken).ConfigureAwait(false);
        var dated = await DatedPartsAsync(streamId, remembered.Select(part => part.Segment), cancellationToken).ConfigureAwait(false);
        return dated.Count == 0 ? remembered : [.. dated.Concat(remembered).OrderBy(part => part.Head.Version)];
    }

    /// <summary>The parts of a stream that are not remembered, oldest first.</summary>
    private async ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> DatedPartsAsync(string streamId, IEnumerable<ArchiveSegment> others, CancellationToken cancellationToken)
    {
        if (DatedId.OfStream(streamId) is not { } id) return [];
        var parts = new List<(ArchiveSegment, StreamHead)>();
        foreach (var segment in (await tables.ReadSegmentsAsync(cancellationToken).ConfigureAwait(false)).Where(segment => MayHave(segment, id)).Except(others))
        {
            if (Read(segment, session => SqliteReads.Head(session, streamId)) is { Version: > 0 } head) parts.Add((segment, head));
        }

        return parts;
    }

    private static bool MayHave(ArchiveSegment segment, Guid id) => segment.Dated is var (first, last) && id.CompareTo(first) >= 0 && id.CompareTo(last) <= 0;

    private T Read<T>(ArchiveSegment segment, Func<SqliteSession, T> read) => ArchiveFile.Read(PathOf(segment), read);

    private string PathOf(ArchiveSegment segment) => Path.Combine(folder ?? "", segment.File);
}
