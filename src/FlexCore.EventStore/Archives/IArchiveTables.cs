using FlexCore.EventStore.Appending;

namespace FlexCore.EventStore.Archives;

/// <summary>What a store remembers of the events that have left it.</summary>
internal interface IArchiveTables
{
    /// <summary>What has left, by position. The parts follow each other from position 1.</summary>
    ValueTask<IReadOnlyList<ArchiveSegment>> ReadSegmentsAsync(CancellationToken cancellationToken);

    /// <summary>In which parts events of a stream are, and where the stream ended in each, oldest first, as far as it is remembered.</summary>
    ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> ReadStreamAsync(string streamId, CancellationToken cancellationToken);

    /// <summary>
    /// Removes the events of a segment and the full tiles of their leaves, and remembers what has to be, and the ends of streams that go on behind, until they have left too; all or
    /// nothing.
    /// </summary>
    /// <returns>False when they do not follow on what has left already: another process was quicker.</returns>
    ValueTask<bool> MoveAsync(ArchiveSegment segment, ArchiveRemainder remainder, CancellationToken cancellationToken);
}
