namespace FlexCore.Domain.Integrity;

/// <summary>A part of the log has left the database for a file.</summary>
/// <param name="FirstPosition">Its first event.</param>
/// <param name="LastPosition">Its last event.</param>
/// <param name="File">The name of the file, in the folder of the archive.</param>
[EventType("EventsArchived")]
public sealed record EventsArchived(long FirstPosition, long LastPosition, string File) : IDomainEvent;
