using FlexCore.EventStore.Appending;
using FlexCore.EventStore.Archives;
using FlexCore.EventStore.Postgres;

namespace FlexCore.EventStore;

public sealed partial class PostgresEventStore : IArchiveTables
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ArchiveSegment>> ArchiveAsync(long upToPosition, CancellationToken cancellationToken = default) =>
        new ArchiveWriter(_archiveFolder, this, this).MoveAsync(upToPosition, cancellationToken);

    ValueTask<IReadOnlyList<ArchiveSegment>> IArchiveTables.ReadSegmentsAsync(CancellationToken cancellationToken) => DoAsync(PostgresArchive.SegmentsAsync, cancellationToken);

    ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> IArchiveTables.ReadStreamAsync(string streamId, CancellationToken cancellationToken) =>
        DoAsync((connection, token) => PostgresArchive.StreamAsync(connection, streamId, token), cancellationToken);

    ValueTask<bool> IArchiveTables.MoveAsync(ArchiveSegment segment, ArchiveRemainder remainder, CancellationToken cancellationToken) =>
        DoAsync((connection, token) => PostgresArchive.MoveAsync(connection, segment, remainder, token), cancellationToken);
}
