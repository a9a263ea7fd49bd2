using System.Runtime.InteropServices;
using System.Text.Json;

namespace FlexCore.Application.Ports;

/// <summary>The history of the log: all of it, whether it is what was appended, and proofs of that for others. What cannot be done throws <see cref="Domain.Errors.FlexCoreException"/>.</summary>
public interface IHistory
{
    /// <summary>Writes all events as JSON Lines, up to the one that is the last when it begins.</summary>
    /// <returns>How many.</returns>
    ValueTask<long> ExportAsync(Stream file, CancellationToken cancellationToken);

    /// <summary>Recomputes the history, and compares it with what was signed of it. One at a time in a process: the next one waits.</summary>
    /// <param name="evidence">What it is compared with beside what the log itself has.</param>
    /// <param name="sinceLast">Begins behind the checkpoint up to which the log was verified last.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    ValueTask<VerifiedHistory> VerifyAsync(HistoryEvidence evidence, bool sinceLast, IProgress<HistoryProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Proves that an event is in the log.</summary>
    /// <returns>The proof, as docs/verify.py reads it; null when there is no such event.</returns>
    ValueTask<JsonElement?> ProveAsync(long position, CancellationToken cancellationToken);

    /// <summary>Proves that the log of so many events begins with all that it had when there were fewer.</summary>
    /// <param name="older">How many there were, or the text of a checkpoint of that time which was kept elsewhere.</param>
    /// <param name="newer">How many events.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The proof, as docs/verify.py reads it; null when the log has never had so many events.</returns>
    ValueTask<JsonElement?> ProveGrowthAsync(string older, long newer, CancellationToken cancellationToken);

    /// <summary>The public half of the key that this data directory signs with, as PEM; null when it has never signed.</summary>
    ValueTask<string?> GetPublicKeyAsync(CancellationToken cancellationToken);
}

/// <summary>What somebody has kept of a log, out of reach of whoever can write it.</summary>
/// <param name="Checkpoints">The texts of checkpoints.</param>
/// <param name="Keys">The public keys that are trusted, as PEM; where there is none, those that the log names.</param>
public sealed record HistoryEvidence(IReadOnlyList<string> Checkpoints, IReadOnlyList<string> Keys);

/// <summary>How far a verification is.</summary>
/// <param name="Position">The last event that was verified.</param>
/// <param name="LastPosition">The last one that will be.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct HistoryProgress(long Position, long LastPosition);

/// <summary>What a verification has found.</summary>
/// <param name="Events">How many events were recomputed.</param>
/// <param name="Streams">How many event streams they are in.</param>
/// <param name="Checkpoints">How many checkpoints were compared.</param>
/// <param name="LastPosition">The position of the last event; 0 for an empty log.</param>
/// <param name="AfterPosition">The position behind which events were recomputed.</param>
/// <param name="Sealed">How many events the stored tree is of.</param>
/// <param name="Root">The root of the recomputed tree, in base64.</param>
/// <param name="SignaturesVerified">Whether any key was there to verify signatures with.</param>
/// <param name="ViolationCount">How many violations there are.</param>
/// <param name="Violations">The first 1,000 of them.</param>
public sealed record VerifiedHistory(
    long Events, long Streams, long Checkpoints, long LastPosition, long AfterPosition, long Sealed, string Root, bool SignaturesVerified, long ViolationCount, IReadOnlyList<HistoryViolation> Violations)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsIntact => ViolationCount == 0;
}

/// <summary>A place where the log is not what it was.</summary>
/// <param name="Kind">What has happened there, in a word or two.</param>
/// <param name="Position">The position of the event; the first one of several; the size of a checkpoint.</param>
/// <param name="Stream">The event stream, when it is known.</param>
/// <param name="Message">The same in words.</param>
public sealed record HistoryViolation(string Kind, long Position, string? Stream, string Message);
