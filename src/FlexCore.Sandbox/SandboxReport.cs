namespace FlexCore.Sandbox;

/// <summary>What the self-test of a <see cref="SandboxHost"/> found on this machine about one level.</summary>
/// <param name="Level">The level.</param>
/// <param name="Available">Whether it can be had: no required feature is missing.</param>
/// <param name="Features">What was tested, one by one.</param>
/// <param name="Limits">How memory and processes are limited here.</param>
/// <param name="LimitsDetail">How exactly, in a sentence.</param>
/// <param name="LimitsRemedy">How to get better limits; <see langword="null"/> when they are the best.</param>
/// <param name="Architecture">The machine's architecture as the system call filter knows it.</param>
/// <param name="Host">
/// Names all that decides about the result but the machine's settings: kernel, bubblewrap, user, architecture and this version. What <see cref="SandboxHost.TestAsync"/> has found
/// stands until it changes.
/// </param>
public sealed record SandboxReport(
    SandboxLevel Level,
    bool Available,
    IReadOnlyList<SandboxFeature> Features,
    LimitsMode Limits,
    string LimitsDetail,
    string? LimitsRemedy,
    string Architecture,
    string Host);

/// <summary>One part of the isolation, as tested.</summary>
/// <param name="Name">Its name, such as <c>pid namespace</c> or <c>seccomp</c>.</param>
/// <param name="Present">Whether it was seen to work.</param>
/// <param name="Required">Whether the level needs it.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Remedy">What an operator can do when it is missing.</param>
public sealed record SandboxFeature(string Name, bool Present, bool Required, string Detail, string? Remedy);

/// <summary>How the limits of a sandbox are kept.</summary>
public enum LimitsMode
{
    /// <summary>By the kernel, for all processes of a sandbox together.</summary>
    Cgroup,

    /// <summary>By rlimits per process and a watcher that looks at all processes of a sandbox ten times a second.</summary>
    Rlimit,
}
