namespace FlexCore.EventStore;

/// <summary>An event that this program does not know by its name, or not in that version. It is given as the store has it.</summary>
/// <param name="Recorded">The event.</param>
/// <param name="Schema">The version that it was written with; 0 when its metadata say something else than a number there.</param>
public sealed record UnknownEvent(RecordedEvent Recorded, int Schema);
