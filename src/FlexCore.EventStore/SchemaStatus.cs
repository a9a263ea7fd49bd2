namespace FlexCore.EventStore;

/// <summary>Where a store and its schema stand.</summary>
/// <param name="Place">Where the events lie, for people: a file, or server, database and schema; never a password.</param>
/// <param name="Version">The version that the store has, 0 when it is empty.</param>
/// <param name="Known">The version that this program would bring it to.</param>
/// <param name="Pending">What would be applied, by name.</param>
/// <param name="LastPosition">The position of the last event, 0 when there is none.</param>
public sealed record SchemaStatus(string Place, int Version, int Known, IReadOnlyList<string> Pending, long LastPosition)
{
    /// <summary>Whether an earlier version of the program has made it: whoever opens it migrates it, and that version refuses it from then on.</summary>
    public bool IsOlder => Version > 0 && Pending.Count > 0;
}
