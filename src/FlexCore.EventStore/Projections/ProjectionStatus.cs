using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore.Projections;

/// <summary>Where a projection stands.</summary>
/// <param name="Name">The projection.</param>
/// <param name="ServingVersion">The version that answers questions, 0 while the first one is being built.</param>
/// <param name="Position">The last event that is in the views which serve; without any, in those being built.</param>
/// <param name="Lag">How many positions the log is ahead of that.</param>
/// <param name="BuildingPosition">How far the views are that will take over; null when none are being built.</param>
/// <param name="State">What this consumer does.</param>
/// <param name="LastError">Why it cannot go on; null when it can.</param>
public sealed record ProjectionStatus(string Name, int ServingVersion, long Position, long Lag, long? BuildingPosition, ConsumerState State, string? LastError);
