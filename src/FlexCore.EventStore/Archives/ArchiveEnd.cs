using System.Runtime.InteropServices;

namespace FlexCore.EventStore.Archives;

/// <summary>How much of a log has left it.</summary>
/// <param name="Position">The last position that has left, 0 when none has.</param>
/// <param name="Dated">The greatest of the ids that tell their own time and are not remembered; null when there is none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ArchiveEnd(long Position, Guid? Dated)
{
    /// <summary>Whether an id can have left without being remembered.</summary>
    public bool MayHave(Guid id) => Dated is { } newest && DatedId.IsDated(id) && id.CompareTo(newest) <= 0;
}
