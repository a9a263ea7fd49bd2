using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;
using FlexCore.EventStore.Sqlite;

namespace FlexCore.EventStore;

public sealed partial class SqliteEventStore : IArchiveTables
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ArchiveSegment>> ArchiveAsync(long upToPosition, CancellationToken cancellationToken = default)
    {
        var moved = await new ArchiveWriter(_archiveFolder, this, this).MoveAsync(upToPosition, cancellationToken).ConfigureAwait(false);
        if (moved.Count > 0) await ReadAsync(SqliteArchive.Shrink, cancellationToken).ConfigureAwait(false);
        return moved;
    }

    ValueTask<IReadOnlyList<ArchiveSegment>> IArchiveTables.ReadSegmentsAsync(CancellationToken cancellationToken) => ReadAsync(SqliteArchive.Segments, cancellationToken);

    ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> IArchiveTables.ReadStreamAsync(string streamId, CancellationToken cancellationToken) =>
        ReadAsync(session => SqliteArchive.Stream(session, streamId), cancellationToken);

    ValueTask<bool> IArchiveTables.MoveAsync(ArchiveSegment segment, ArchiveRemainder remainder, CancellationToken cancellationToken) =>
        ReadAsync(session => SqliteArchive.Move(session, segment, remainder, _timeProvider.GetUtcNow()), cancellationToken);
}
