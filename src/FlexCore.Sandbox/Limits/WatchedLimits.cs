using System.Globalization;

namespace FlexCore.Sandbox.Limits;

/// <summary>
/// Limits without control groups: rlimits for each process, and a look at all of them together every 100 ms. Between two looks a
/// sandbox can have more than its memory; RLIMIT_DATA keeps each process from having much more.
/// </summary>
/// <param name="limits">The limits.</param>
/// <param name="hasUserNamespace">Whether the kernel counts the processes of the sandbox apart from all others of its user.</param>
internal sealed class WatchedLimits(SandboxLimits limits, bool hasUserNamespace = true) : IResourceLimits
{
    // With all that others of the user may start meanwhile: it only keeps a fork bomb from growing faster than it can be ended.
    private const int Room = 256;

    private static readonly long TicksPerSecond = Libc.ClockTicksPerSecond();

    private readonly Lock _lock = new();
    private LimitState _state;

    public IReadOnlyList<string> MemberFiles => [];

    // Processes: one more for the sandbox's init. Shells disagree about the letter.
    public IReadOnlyList<string> ShellLimits { get; } =
    [
        $"ulimit -d {limits.MemoryBytes * 2 / 1024}",
        LimitProcesses(hasUserNamespace ? limits.Processes + 1 : (long)Math.Min((ulong)(limits.Processes + CountTasks() + Room), Libc.HardLimit(Libc.RLIMIT_NPROC))),
    ];

    public bool KeepsCpus => false;

    public bool KeepsProcesses => hasUserNamespace;

    public int PollMilliseconds => 100;

    public LimitState Measure(SandboxTree? tree)
    {
        lock (_lock)
        {
            if (tree is null)
            {
                return _state;
            }

            var total = ProcessStat.Read(tree.Init) ?? default;
            var (memory, threads) = (0L, 0);
            var members = tree.Members();
            foreach (var pid in members)
            {
                if (ProcessStat.Read(pid) is { } stat)
                {
                    total = total with { CpuTicks = total.CpuTicks + stat.CpuTicks };
                    memory += stat.ResidentBytes;
                    threads += stat.Threads;
                }
            }

            // Shared pages count once per process in that sum, so look closer before anything is done about it.
            if (memory > limits.MemoryBytes)
            {
                memory = members.Sum(ProportionalBytes);
            }

            var before = _state.Usage;
            var cpu = TimeSpan.FromSeconds((double)total.CpuTicks / TicksPerSecond);
            _state = new LimitState(
                new SandboxUsage(cpu > before.CpuTime ? cpu : before.CpuTime, memory, Math.Max(before.PeakMemoryBytes, memory), threads),
                _state.OutOfMemory || memory > limits.MemoryBytes,
                _state.ProcessLimitHit || (hasUserNamespace ? threads >= limits.Processes : threads > limits.Processes));
            return _state;
        }
    }

    public void Kill()
    {
        // There is nothing that knows them.
    }

    public void Remove()
    {
        lock (_lock)
        {
            _state = _state with { Usage = _state.Usage with { MemoryBytes = 0, Processes = 0 } };
        }
    }

    private static string LimitProcesses(long count) => $"{{ ulimit -u {count} 2>/dev/null || ulimit -p {count}; }}";

    /// <summary>All processes and threads of the machine: more than any user has (proc_loadavg(5)).</summary>
    private static int CountTasks() =>
        ProcFile.Read("/proc/loadavg").Split(' ') is { Length: > 3 } fields && int.TryParse(fields[3].Split('/')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : short.MaxValue;

    private static long ProportionalBytes(int pid)
    {
        foreach (var line in ProcFile.Read($"/proc/{pid}/smaps_rollup").AsSpan().EnumerateLines())
        {
            if (line.StartsWith("Pss:", StringComparison.Ordinal))
            {
                return 1024 * long.Parse(line[4..].TrimEnd("kB "), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
        }

        // Refused or gone: what it occupies by itself is the best that is known.
        return ProcessStat.Read(pid)?.ResidentBytes ?? 0;
    }
}
