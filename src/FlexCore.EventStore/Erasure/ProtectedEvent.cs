namespace FlexCore.EventStore;

/// <summary>An event whose data are personal and encrypted. <see cref="PersonalData.RevealAsync(RecordedEvent, CancellationToken)"/> comes before decoding.</summary>
/// <param name="Recorded">The event as the store has it.</param>
public sealed record ProtectedEvent(RecordedEvent Recorded);
