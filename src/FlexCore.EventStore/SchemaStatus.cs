namespace FlexCore.EventStore;

/// <summary>Where the schema of a store stands.</summary>
/// <param name="Version">The version that the store has, 0 when it is empty.</param>
/// <param name="Known">The version that this program would bring it to.</param>
/// <param name="Pending">What would be applied, by name.</param>
public sealed record SchemaStatus(int Version, int Known, IReadOnlyList<string> Pending);
