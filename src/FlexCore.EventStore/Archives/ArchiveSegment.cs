namespace FlexCore.EventStore;

/// <summary>A part of the log that has left the database and lies in a file of the archive's folder.</summary>
/// <param name="FirstPosition">The position of its first event.</param>
/// <param name="LastPosition">The position of its last event.</param>
/// <param name="FirstHash">The hash of its first event.</param>
/// <param name="File">The name of the file: an SQLite database with a table <c>events</c>.</param>
public sealed record ArchiveSegment(long FirstPosition, long LastPosition, LogHash FirstHash, string File)
{
    /// <summary>Between which ids that tell their own time those lie of which the database remembers nothing; null when it remembers all.</summary>
    internal (Guid First, Guid Last)? Dated { get; init; }
}
