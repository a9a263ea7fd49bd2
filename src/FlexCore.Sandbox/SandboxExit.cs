using System.Runtime.InteropServices;

namespace FlexCore.Sandbox;

/// <summary>How a sandbox ended.</summary>
/// <param name="Outcome">What ended it.</param>
/// <param name="ExitCode">The program's own exit code, when it gave one.</param>
/// <param name="Signal">
/// The signal that ended the program. Bubblewrap reports a signal as exit code 128 + n, so a program that itself exits
/// with a code of 129 to 192 is reported as ended by that signal.
/// </param>
/// <param name="Usage">What it had used in the end.</param>
/// <param name="Duration">From the start to the end of its last process.</param>
/// <param name="UnreadInputBytes">How much of the input written to it the program never read.</param>
/// <param name="ProcessLimitHit">Whether it was refused a process or thread because of <see cref="SandboxLimits.Processes"/>.</param>
/// <param name="Exceeded">The limit for which the runtime ended it; null when it was none of these.</param>
public sealed record SandboxExit(
    SandboxOutcome Outcome,
    int? ExitCode,
    int? Signal,
    SandboxUsage Usage,
    TimeSpan Duration,
    long UnreadInputBytes,
    bool ProcessLimitHit,
    SandboxLimit? Exceeded);

/// <summary>A limit for which the runtime ends a program.</summary>
public enum SandboxLimit
{
    /// <summary><see cref="SandboxLimits.OutputBytes"/>.</summary>
    Output,

    /// <summary><see cref="SandboxLimits.ErrorBytes"/>.</summary>
    Error,

    /// <summary><see cref="SandboxLimits.Disk"/>.</summary>
    Disk,

    /// <summary><see cref="SandboxLimits.TmpBytes"/>, below level <c>sandbox</c>: there is no tmpfs that would refuse more.</summary>
    Tmp,

    /// <summary><see cref="SandboxLimits.Processes"/>, below level <c>sandbox</c> without control groups: the kernel counts those of its user together.</summary>
    Processes,

    /// <summary><see cref="SandboxLimits.Time"/>.</summary>
    Time,

    /// <summary><see cref="SandboxLimits.Idle"/>.</summary>
    Idle,
}

/// <summary>What ended a sandbox.</summary>
public enum SandboxOutcome
{
    /// <summary>The program ended with an exit code.</summary>
    Exited,

    /// <summary>A signal that the runtime did not send ended the program.</summary>
    Signaled,

    /// <summary>It used more memory than <see cref="SandboxLimits.MemoryBytes"/>.</summary>
    OutOfMemory,

    /// <summary>It exceeded <see cref="SandboxExit.Exceeded"/>.</summary>
    LimitExceeded,

    /// <summary>The sandbox could not be set up, or it was destroyed from outside; bubblewrap's or the supervisor's own words are on the error pipe.</summary>
    SandboxFailed,

    /// <summary>The runtime stopped it.</summary>
    Stopped,
}

/// <summary>What a sandbox uses, or has used.</summary>
/// <param name="CpuTime">CPU time of all its processes so far.</param>
/// <param name="MemoryBytes">Memory in use.</param>
/// <param name="PeakMemoryBytes">The most memory it ever used, as far as was seen.</param>
/// <param name="Processes">Processes and threads of the program.</param>
/// <param name="ThrottledTime">How long it was kept from running because of <see cref="SandboxLimits.Cpus"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SandboxUsage(TimeSpan CpuTime, long MemoryBytes, long PeakMemoryBytes, int Processes, TimeSpan ThrottledTime = default);
