using FlexCore.EventStore;
using FlexCore.Infrastructure.Integrity;

namespace FlexCore.Infrastructure;

/// <content>The history of the log: signed, proven, verified.</content>
public sealed partial class InfrastructureModule
{
    /// <summary>Begins to seal and sign the log behind all appends, until this is disposed.</summary>
    public Task StartSigningAsync(CancellationToken cancellationToken) => _integrity.StartAsync(cancellationToken);

    /// <summary>Signs the log as it is now, if this process has appended to it.</summary>
    public Task SignOwnEventsAsync(CancellationToken cancellationToken) => _integrity.SignOwnEventsAsync(cancellationToken);

    /// <summary>The public half of the key that this data directory signs with; null when it has never signed.</summary>
    public Task<VerificationKey?> GetPublicKeyAsync(CancellationToken cancellationToken) => _integrity.GetKeyAsync(cancellationToken);

    /// <summary>Proves that an event is in the log.</summary>
    /// <returns>The proof; null when there is no such event.</returns>
    public Task<InclusionProof?> ProveAsync(long position, CancellationToken cancellationToken) => _integrity.ProveAsync(position, cancellationToken);

    /// <summary>Proves that the log of so many events begins with all that it had when there were fewer.</summary>
    /// <param name="older">How many there were, or a file with a checkpoint of that time which was kept elsewhere.</param>
    /// <param name="newSize">How many events.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The proof; null when the log has not so many events.</returns>
    public Task<ConsistencyProof?> ProveConsistencyAsync(string older, long newSize, CancellationToken cancellationToken)
    {
        if (long.TryParse(older, out var oldSize)) return _integrity.ProveConsistencyAsync(kept: null, oldSize, newSize, cancellationToken);
        var kept = LogVerification.ReadNote(older);
        return _integrity.ProveConsistencyAsync(kept, Checkpoint.Parse(kept.Text).Size, newSize, cancellationToken);
    }

    /// <summary>Moves the log up to a position out of the database into files of the archive. All of it is signed before it leaves.</summary>
    /// <param name="upTo">The last event to leave. The last event of the log stays in any case.</param>
    /// <param name="cancellationToken">Gives it up; what has left stays in the archive.</param>
    /// <returns>What has left.</returns>
    public Task<IReadOnlyList<ArchiveSegment>> ArchiveAsync(long upTo, CancellationToken cancellationToken) => _archiving.ArchiveAsync(upTo, cancellationToken);

    /// <summary>The position of the last event before a time; 0 when there is none.</summary>
    public Task<long> FindLastBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken) => _archiving.FindLastBeforeAsync(time, cancellationToken);

    /// <summary>Verifies the log against its own hashes, the checkpoints in it, the one in the data directory, and those that somebody has kept elsewhere.</summary>
    /// <param name="against">Files with checkpoints that were kept elsewhere.</param>
    /// <param name="keys">Files with the public keys that are trusted; when there is none, those that the log names.</param>
    /// <param name="sinceLast">Begins behind the checkpoint up to which the log was verified last.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>What was found.</returns>
    public Task<VerificationReport> VerifyAsync(
        IReadOnlyList<string> against, IReadOnlyList<string> keys, bool sinceLast, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken) =>
        _verification.VerifyAsync(against, keys, sinceLast, progress, cancellationToken);
}
