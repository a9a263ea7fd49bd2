namespace FlexCore.EventStore;

/// <summary>What a verification has found.</summary>
public sealed record VerificationReport
{
    /// <summary>The position behind which events were recomputed: 0 when all were.</summary>
    public required long AfterPosition { get; init; }

    /// <summary>The position of the last event, 0 for an empty log.</summary>
    public required long LastPosition { get; init; }

    /// <summary>How many events were recomputed.</summary>
    public required long Events { get; init; }

    /// <summary>How many streams they are in.</summary>
    public required long Streams { get; init; }

    /// <summary>How many events the stored tree is of, 0 when the log was never sealed. Those behind are verified by what holds each stream together.</summary>
    public required long TreeSize { get; init; }

    /// <summary>The root of the recomputed tree, which goes on to the last event.</summary>
    public required LogHash Root { get; init; }

    /// <summary>How many checkpoints were compared with the tree, stored ones and those kept elsewhere.</summary>
    public required long Checkpoints { get; init; }

    /// <summary>Whether signatures were verified. Without trusted keys they cannot be.</summary>
    public required bool SignaturesVerified { get; init; }

    /// <summary>How many violations there are.</summary>
    public required long ViolationCount { get; init; }

    /// <summary>The first violations found, by position.</summary>
    public required IReadOnlyList<LogViolation> Violations { get; init; }

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => ViolationCount == 0;
}
