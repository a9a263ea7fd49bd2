using System.Runtime.InteropServices;

namespace FlexCore.Sandbox.Limits;

/// <summary>Keeps one sandbox within its limits and knows what it uses.</summary>
internal interface IResourceLimits
{
    /// <summary>Files of control groups to which the sandbox's first process, which has one thread, writes itself before anything else.</summary>
    IReadOnlyList<string> MemberFiles { get; }

    /// <summary>Commands by which the shell inside limits each process.</summary>
    IReadOnlyList<string> ShellLimits { get; }

    /// <summary>Whether the kernel keeps <see cref="SandboxLimits.Cpus"/>.</summary>
    bool KeepsCpus { get; }

    /// <summary>Whether the kernel refuses what is more than <see cref="SandboxLimits.Processes"/>.</summary>
    bool KeepsProcesses { get; }

    /// <summary>How often <see cref="Measure"/> has to be called for the limits to hold; -1 when the kernel needs no help.</summary>
    int PollMilliseconds { get; }

    /// <summary>Looks at the sandbox. Safe from any thread.</summary>
    /// <param name="tree">Its processes; null before the first or after the last.</param>
    LimitState Measure(SandboxTree? tree);

    /// <summary>Kills all processes, where they can be found without looking for them.</summary>
    void Kill();

    /// <summary>Removes what was set up, once all processes are gone.</summary>
    void Remove();
}

/// <summary>What a sandbox uses and which limits it has hit.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LimitState(SandboxUsage Usage, bool OutOfMemory, bool ProcessLimitHit);
