namespace FlexCore.EventStore;

/// <summary>An event whose data were personal and whose subject was erased. That it has happened, when and in which stream is all that is left.</summary>
/// <param name="Recorded">The event, with its metadata.</param>
public sealed record ErasedEvent(RecordedEvent Recorded);
