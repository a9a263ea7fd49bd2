using FlexCore.Sandbox.Limits;

namespace FlexCore.Sandbox.Cgroups;

/// <summary>Limits of one sandbox kept by the kernel, for all of its processes together.</summary>
internal sealed class CgroupLimits : IResourceLimits
{
    /// <summary>bubblewrap outside and its init inside are in the group too.</summary>
    public const int BubblewrapProcesses = 2;

    private const long PeriodMicroseconds = 100_000;

    // The kernel takes no less.
    private const long ShortestQuotaMicroseconds = 1_000;

    private readonly Lock _lock = new();
    private readonly CgroupLayout _layout;
    private readonly string _memory;
    private readonly string _pids;
    private readonly string? _cpu;
    private readonly string? _cpuLimit;
    private readonly int _wrappers;
    private LimitState _state;
    private bool _removed;

    public CgroupLimits(CgroupLayout layout, string name, SandboxLimits limits, int wrappers = BubblewrapProcesses)
    {
        _layout = layout;
        _wrappers = wrappers;
        _memory = Path.Combine(layout.MemoryParent, name);
        _pids = Path.Combine(layout.PidsParent, name);
        _cpu = layout.CpuParent is { } parent ? Path.Combine(parent, name) : null;
        _cpuLimit = layout.CpuLimitParent is { } limitParent && limits.Cpus is not null ? Path.Combine(limitParent, name) : null;
        Groups = [.. layout.Parents.Select(p => Path.Combine(p, name))];
        try
        {
            foreach (var group in Groups)
            {
                Directory.CreateDirectory(group);
            }

            CgroupFile.Write(Path.Combine(_memory, layout.MemoryLimit), $"{limits.MemoryBytes}");
            CgroupFile.Write(Path.Combine(_pids, "pids.max"), $"{limits.Processes + wrappers}");
            KeepsCpus = limits.Cpus is not { } cpus || LimitCpus(cpus);
            PollMilliseconds = LimitFurther(limits) ? -1 : 100;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove();
            throw;
        }
    }

    /// <summary>The groups of this sandbox.</summary>
    public IReadOnlyList<string> Groups { get; }

    public IReadOnlyList<string> MemberFiles => [.. Groups.Select(group => Path.Combine(group, _layout.MemberFile))];

    public IReadOnlyList<string> ShellLimits => [];

    public bool KeepsCpus { get; }

    public bool KeepsProcesses => true;

    public int PollMilliseconds { get; }

    public LimitState Measure(SandboxTree? tree)
    {
        lock (_lock)
        {
            if (!_removed)
            {
                var used = CgroupFile.Number(Path.Combine(_memory, _layout.MemoryUsage));
                var peak = Math.Max(Math.Max(used, _state.Usage.PeakMemoryBytes), CgroupFile.Number(Path.Combine(_memory, _layout.MemoryPeak)));
                var processes = (int)CgroupFile.Number(Path.Combine(_pids, "pids.current"));
                _state = new LimitState(
                    new SandboxUsage(CpuTime(), used, peak, Math.Max(0, processes - _wrappers), ThrottledTime()),
                    CgroupFile.Number(Path.Combine(_memory, _layout.MemoryEvents), "oom_kill") > 0,
                    CgroupFile.Number(Path.Combine(_pids, "pids.events"), "max") > 0);
            }

            return _state;
        }
    }

    public void Kill() => CgroupFile.KillAll(_pids);

    public void Remove()
    {
        lock (_lock)
        {
            _removed = true;
            _state = _state with { Usage = _state.Usage with { MemoryBytes = 0, Processes = 0 } };
        }

        foreach (var group in Groups)
        {
            CgroupFile.RemoveGroup(group);
        }
    }

    /// <summary>Sets what only newer kernels have.</summary>
    /// <returns>Whether the kernel ends a sandbox without memory as a whole and remembers its peak; else somebody has to look.</returns>
    private bool LimitFurther(SandboxLimits limits)
    {
        if (_layout.Version == 1)
        {
            CgroupFile.TryWrite(Path.Combine(_memory, "memory.memsw.limit_in_bytes"), $"{limits.MemoryBytes}");
            return false;
        }

        CgroupFile.TryWrite(Path.Combine(_memory, "memory.swap.max"), "0");
        return CgroupFile.TryWrite(Path.Combine(_memory, "memory.oom.group"), "1") && File.Exists(Path.Combine(_memory, _layout.MemoryPeak));
    }

    private bool LimitCpus(double cpus)
    {
        if (_cpuLimit is null) return false;
        var quota = Math.Max(ShortestQuotaMicroseconds, (long)(cpus * PeriodMicroseconds));
        try
        {
            if (_layout.Version == 1) CgroupFile.Write(Path.Combine(_cpuLimit, "cpu.cfs_period_us"), $"{PeriodMicroseconds}");
            if (_layout.Version == 1) CgroupFile.Write(Path.Combine(_cpuLimit, "cpu.cfs_quota_us"), $"{quota}");
            else CgroupFile.Write(Path.Combine(_cpuLimit, "cpu.max"), $"{quota} {PeriodMicroseconds}");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // The controller is not ours to use.
        }
    }

    private TimeSpan ThrottledTime()
    {
        if (_cpuLimit is null) return TimeSpan.Zero;
        var path = Path.Combine(_cpuLimit, "cpu.stat");
        return _layout.Version == 1
            ? TimeSpan.FromMicroseconds(CgroupFile.Number(path, "throttled_time") / 1000.0)
            : TimeSpan.FromMicroseconds(CgroupFile.Number(path, "throttled_usec"));
    }

    private TimeSpan CpuTime()
    {
        if (_cpu is null)
        {
            return _state.Usage.CpuTime;
        }

        var path = Path.Combine(_cpu, _layout.CpuUsage);
        return _layout.Version == 1
            ? TimeSpan.FromMicroseconds(CgroupFile.Number(path) / 1000.0)
            : TimeSpan.FromMicroseconds(CgroupFile.Number(path, "usage_usec"));
    }
}
