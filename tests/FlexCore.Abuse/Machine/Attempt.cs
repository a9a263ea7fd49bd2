using FlexCore.Abuse.Probes;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Machine;

/// <summary>A probe that was run in a sandbox.</summary>
/// <param name="Exit">How the sandbox ended.</param>
/// <param name="Output">What the probe printed.</param>
/// <param name="Error">What went to its standard error.</param>
internal sealed record Attempt(SandboxExit Exit, string Output, string Error)
{
    /// <summary>What the probe has to say, if it lived long enough.</summary>
    public ProbeResult ReadResult() => ProbeResult.Parse(Output, Error);
}
