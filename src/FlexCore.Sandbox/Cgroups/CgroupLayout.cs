namespace FlexCore.Sandbox.Cgroups;

/// <summary>Where groups are made and how the files of this version are named. Version 1 has one hierarchy per controller, version 2 one for all.</summary>
internal sealed record CgroupLayout
{
    public required int Version { get; init; }
    public required string MemoryParent { get; init; }
    public required string PidsParent { get; init; }

    /// <summary>Where CPU time is counted; null when it is not.</summary>
    public required string? CpuParent { get; init; }

    /// <summary>Where CPU time is shared and limited; null when it cannot be.</summary>
    public required string? CpuLimitParent { get; init; }

    /// <summary>The file to which a process with one thread writes itself to join.</summary>
    public required string MemberFile { get; init; }

    public required string MemoryLimit { get; init; }
    public required string MemoryUsage { get; init; }
    public required string MemoryPeak { get; init; }

    /// <summary>The file that counts processes killed for want of memory, under the key <c>oom_kill</c>.</summary>
    public required string MemoryEvents { get; init; }

    public required string CpuUsage { get; init; }

    /// <summary>The parents without repetition. A sandbox has a group in each, in that for CPU time too when it has no limit of it: so one with many processes has no more than another with one.</summary>
    public IReadOnlyList<string> Parents => [.. new[] { MemoryParent, PidsParent, CpuParent ?? MemoryParent, CpuLimitParent ?? MemoryParent }.Distinct(StringComparer.Ordinal)];

    public static CgroupLayout Version1(string memoryParent, string pidsParent, string? cpuParent, string? cpuLimitParent) => new()
    {
        Version = 1,
        MemoryParent = memoryParent,
        PidsParent = pidsParent,
        CpuParent = cpuParent,
        CpuLimitParent = cpuLimitParent,

        // Not cgroup.procs: for a whole process the kernel waits until no processor starts or ends one, some 8 ms.
        MemberFile = "tasks",
        MemoryLimit = "memory.limit_in_bytes",
        MemoryUsage = "memory.usage_in_bytes",
        MemoryPeak = "memory.max_usage_in_bytes",
        MemoryEvents = "memory.oom_control",
        CpuUsage = "cpuacct.usage",
    };

    public static CgroupLayout Version2(string parent) => new()
    {
        Version = 2,
        MemoryParent = parent,
        PidsParent = parent,
        CpuParent = parent,
        CpuLimitParent = parent,
        MemberFile = "cgroup.procs",
        MemoryLimit = "memory.max",
        MemoryUsage = "memory.current",
        MemoryPeak = "memory.peak",
        MemoryEvents = "memory.events",
        CpuUsage = "cpu.stat",
    };
}
