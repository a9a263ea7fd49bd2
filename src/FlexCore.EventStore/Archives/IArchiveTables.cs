using FlexCore.EventStore.Appending;

namespace FlexCore.EventStore.Archives;

/// <summary>What a store remembers of the events that have left it.</summary>
internal interface IArchiveTables
{
    /// <summary>What has left, by position. The parts follow each other from position 1.</summary>
    ValueTask<IReadOnlyList<ArchiveSegment>> ReadSegmentsAsync(CancellationToken cancellationToken);

    /// <summary>In which parts events of a stream are, and where the stream ended in each, oldest first.</summary>
    ValueTask<IReadOnlyList<(ArchiveSegment Segment, StreamHead Head)>> ReadStreamAsync(string streamId, CancellationToken cancellationToken);

    /// <summary>Removes the events of a segment and remembers their ids and the ends of their streams, all or nothing.</summary>
    /// <returns>False when they do not follow on what has left already: another process was quicker.</returns>
    ValueTask<bool> MoveAsync(ArchiveSegment segment, CancellationToken cancellationToken);
}
