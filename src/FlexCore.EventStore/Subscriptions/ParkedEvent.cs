namespace FlexCore.EventStore.Subscriptions;

/// <summary>An event that a subscription could not handle and has put aside.</summary>
/// <param name="Position">The event's place in the log.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Error">What the handler said last.</param>
/// <param name="ParkedAt">When it was put aside, or tried again in vain.</param>
public sealed record ParkedEvent(long Position, int Attempts, string Error, DateTimeOffset ParkedAt);
