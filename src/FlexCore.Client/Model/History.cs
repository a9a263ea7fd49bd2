using System.Runtime.InteropServices;

namespace FlexCore.Client;

/// <summary>A wish to verify the event log.</summary>
/// <param name="Against">The texts of checkpoints that were kept elsewhere, which the log is compared with.</param>
/// <param name="Keys">The public keys that are trusted, as PEM; where there is none, those that the log itself names.</param>
/// <param name="SinceLast">Whether to begin behind the checkpoint up to which the log was verified last.</param>
public sealed record VerifyEvents(IReadOnlyList<string>? Against = null, IReadOnlyList<string>? Keys = null, bool SinceLast = false);

/// <summary>How far a verification is.</summary>
/// <param name="Position">The last event that was verified.</param>
/// <param name="LastPosition">The last one that will be.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct VerificationProgress(long Position, long LastPosition);

/// <summary>What a verification of the event log has found.</summary>
/// <param name="Ok">Whether nothing is wrong.</param>
/// <param name="Events">How many events were recomputed.</param>
/// <param name="Streams">How many event streams they are in.</param>
/// <param name="Checkpoints">How many checkpoints were compared.</param>
/// <param name="HeadPosition">The position of the last event; 0 for an empty log.</param>
/// <param name="AfterPosition">The position behind which events were recomputed; 0 when all were.</param>
/// <param name="Sealed">How many events the stored tree is of.</param>
/// <param name="Root">The root of the recomputed tree, in base64.</param>
/// <param name="SignaturesVerified">Whether any key was there to verify signatures with.</param>
/// <param name="ViolationCount">How many violations there are.</param>
/// <param name="Violations">The first 1,000 of them.</param>
public sealed record Verification(
    bool Ok, long Events, long Streams, long Checkpoints, long HeadPosition, long AfterPosition, long Sealed, string Root, bool SignaturesVerified, long ViolationCount, IReadOnlyList<Violation> Violations);

/// <summary>A place where the event log is not what it was.</summary>
/// <param name="Kind"><c>changed</c>, <c>inserted</c>, <c>removed</c>, <c>reordered</c>, <c>truncated</c>, <c>re-signed</c>, <c>checkpoint inconsistent</c> or <c>tree changed</c>.</param>
/// <param name="Position">The position of the event; the first one of several; the size of a checkpoint.</param>
/// <param name="Stream">The event stream, when it is known.</param>
/// <param name="Message">The same in words.</param>
public sealed record Violation(string Kind, long Position, string? Stream, string Message);

/// <summary>The public key that checkpoints and proofs of an event log are checked with.</summary>
/// <param name="Pem">ECDSA over P-256.</param>
public sealed record LogKey(string Pem);
