using System.Runtime.InteropServices;

namespace FlexCore.EventStore;

/// <summary>How far a verification is.</summary>
/// <param name="Position">The last event that was verified.</param>
/// <param name="LastPosition">The last one that will be.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct VerificationProgress(long Position, long LastPosition);
