namespace FlexCore.Application.Ports;

/// <summary>What this machine can do to confine plugins.</summary>
public interface IIsolation
{
    /// <summary>Tries it out by confining a real process.</summary>
    ValueTask<IsolationReport> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>The result of the self-test.</summary>
/// <param name="IsSandbox">Whether level <c>sandbox</c> can be had.</param>
/// <param name="Limits"><c>cgroup</c> or <c>rlimit</c>.</param>
/// <param name="Features">Each part of the level, and how limits are kept.</param>
public sealed record IsolationReport(bool IsSandbox, string Limits, IReadOnlyList<HostFeature> Features);

/// <summary>One thing that was looked for on this machine.</summary>
/// <param name="Name">Short name.</param>
/// <param name="IsPresent">Whether it was found.</param>
/// <param name="IsRequired">Whether FlexCore refuses to run plugins without it.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">How to get it, when it is missing.</param>
public sealed record HostFeature(string Name, bool IsPresent, bool IsRequired, string Detail, string? Remedy);
