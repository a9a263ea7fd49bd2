using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Ports;

/// <summary>What this machine can do to confine plugins.</summary>
public interface IIsolation
{
    /// <summary>Looks at a real process that is confined at a level: short enough to be done before each run.</summary>
    ValueTask<IsolationReport> ProbeAsync(IsolationLevel level, CancellationToken cancellationToken);

    /// <summary>Does so, and has it try to break out too.</summary>
    ValueTask<IsolationReport> TestAsync(IsolationLevel level, CancellationToken cancellationToken);
}

/// <summary>The result of the self-test of one level.</summary>
/// <param name="IsAvailable">Whether the level can be had.</param>
/// <param name="Limits"><c>cgroup</c> or <c>rlimit</c>.</param>
/// <param name="Features">Each part of the level, and how limits are kept.</param>
/// <param name="Isolation">The level, and what it lacks.</param>
/// <param name="Host">Names all that decides about the result but the machine's settings: kernel, bubblewrap, user, architecture, this version. Another host, another name.</param>
public sealed record IsolationReport(bool IsAvailable, string Limits, IReadOnlyList<HostFeature> Features, Isolation Isolation, string Host);

/// <summary>One thing that was looked for on this machine.</summary>
/// <param name="Name">Short name.</param>
/// <param name="IsPresent">Whether it was found.</param>
/// <param name="IsRequired">Whether the level cannot be had without it.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">How to get it, when it is missing.</param>
public sealed record HostFeature(string Name, bool IsPresent, bool IsRequired, string Detail, string? Remedy);
