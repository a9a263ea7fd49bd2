namespace FlexCore.EventStore;

/// <summary>What the history is compared with, and where to begin.</summary>
public sealed record VerificationOptions
{
    /// <summary>The keys whose checkpoints are trusted. Without any, signatures cannot be judged.</summary>
    public IReadOnlyCollection<VerificationKey> TrustedKeys { get; init; } = [];

    /// <summary>Signed checkpoints that are kept elsewhere, out of reach of whoever can write the database.</summary>
    public IReadOnlyCollection<SignedNote> Against { get; init; } = [];

    /// <summary>A signed checkpoint up to which the history was verified before: only events behind it are recomputed. When the store's tree is no longer that of the checkpoint, everything is.</summary>
    public SignedNote? AfterVerified { get; init; }

    /// <summary>How many violations are listed at most. All are counted.</summary>
    public int MaxViolations { get; init; } = 1000;
}
