namespace FlexCore.EventStore;

/// <summary>What has happened to a log.</summary>
public enum ViolationKind
{
    /// <summary>An event says something else than it did, or another one stands in its place.</summary>
    Changed,

    /// <summary>An event was put in later.</summary>
    Inserted,

    /// <summary>Events are missing.</summary>
    Removed,

    /// <summary>An event stands at another place than it did.</summary>
    Reordered,

    /// <summary>The log ends too early.</summary>
    Truncated,

    /// <summary>A checkpoint is not signed by a trusted key, or was changed after it was signed.</summary>
    ReSigned,

    /// <summary>The log is not the one that a checkpoint is of.</summary>
    CheckpointInconsistent,

    /// <summary>The stored tree is not whole, or does not follow from its leaves.</summary>
    TreeChanged,
}
