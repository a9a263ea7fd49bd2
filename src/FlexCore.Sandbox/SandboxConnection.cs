using System.Net;

namespace FlexCore.Sandbox;

/// <summary>A connection of a sandboxed program to a destination that it was granted, after its end.</summary>
/// <param name="Destination">What it was granted.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Address">The address of the destination that was connected to, or tried, or refused; null when there was none.</param>
/// <param name="BytesSent">What went from the program to the destination.</param>
/// <param name="BytesReceived">What came from there.</param>
/// <param name="BeganAt">When the program connected.</param>
/// <param name="Duration">From then to the end.</param>
public sealed record SandboxConnection(
    SandboxEndpoint Destination, SandboxConnectionOutcome Outcome, IPAddress? Address, long BytesSent, long BytesReceived, DateTimeOffset BeganAt, TimeSpan Duration);

/// <summary>What became of a connection.</summary>
public enum SandboxConnectionOutcome
{
    /// <summary>There was one.</summary>
    Connected,

    /// <summary>The program had <see cref="SandboxLimits.Connections"/> open already.</summary>
    OverLimit,

    /// <summary>The name could not be resolved.</summary>
    NotResolved,

    /// <summary>The name stands for an address that it must not stand for, or no longer for one of the kind that it stood for at the start.</summary>
    AddressRefused,

    /// <summary>The destination refused, or there is no way to it.</summary>
    Unreachable,

    /// <summary>The destination did not answer in time.</summary>
    TimedOut,
}
