namespace FlexCore.EventStore.Subscriptions;

/// <summary>A newer consumer of the same name has taken over; what this one wanted to write was refused.</summary>
internal sealed class ClaimLostException() : Exception("Another consumer of this name has taken over.");
