namespace FlexCore.EventStore.Subscriptions;

/// <summary>Where a subscription stands.</summary>
/// <param name="Name">The subscription.</param>
/// <param name="Position">The last event that was handled, parked or passed over, by whichever consumer works.</param>
/// <param name="Lag">How many positions the log is ahead.</param>
/// <param name="State">What this consumer does.</param>
/// <param name="LastError">Why it could not go on, or did not take an event; null when the last thing it did succeeded.</param>
public sealed record SubscriptionStatus(string Name, long Position, long Lag, ConsumerState State, string? LastError);
