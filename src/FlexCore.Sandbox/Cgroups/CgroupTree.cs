using FlexCore.Sandbox.Limits;

namespace FlexCore.Sandbox.Cgroups;

/// <summary>The part of the machine's control groups that belongs to this runtime: one folder named <c>flexcore</c>, one group in it per sandbox.</summary>
internal sealed class CgroupTree
{
    private const string Name = "flexcore";

    // Version 2 allows no processes in a group that has limited groups below: the runtime itself moves here.
    private const string RuntimeLeaf = "flexcore-runtime";

    private const int SharesPerCpu = 1024;

    private readonly CgroupLayout _layout;

    private CgroupTree(CgroupLayout layout) => _layout = layout;

    public CgroupLayout Layout => _layout;

    /// <summary>Finds a place where this process may make groups that limit memory and processes; null when there is none.</summary>
    public static CgroupTree? Find(string root)
    {
        try
        {
            return (FindVersion2(root) ?? FindVersion1(root)) is { } layout ? new CgroupTree(layout) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Makes a group for a sandbox.</summary>
    /// <param name="limits">What holds for its program.</param>
    /// <param name="wrappers">How many processes will be in it beside those of the program.</param>
    public CgroupLimits CreateGroup(SandboxLimits limits, int wrappers = CgroupLimits.BubblewrapProcesses) => new(_layout, RuntimeIdentity.NextName(), limits, wrappers);

    /// <summary>Removes the groups of runtimes that were killed, and kills what may still run in them.</summary>
    public void RemoveAbandoned()
    {
        foreach (var parent in _layout.Parents)
        {
            foreach (var group in Directory.EnumerateDirectories(parent).Where(path => RuntimeIdentity.IsAbandoned(Path.GetFileName(path))))
            {
                CgroupFile.KillAll(group);
                CgroupFile.RemoveGroup(group);
            }
        }
    }

    private static CgroupLayout? FindVersion2(string root)
    {
        foreach (var mount in (string[])[root, Path.Combine(root, "unified")])
        {
            if (HasControllers(Path.Combine(mount, "cgroup.controllers")))
            {
                var own = mount + OwnPath("0::");
                own = Path.GetFileName(own) == RuntimeLeaf ? Path.GetDirectoryName(own)! : own.TrimEnd('/');
                string[] candidates = Environment.IsPrivilegedProcess ? [mount, own] : [own];
                return candidates.Distinct().Select(TryPrepareVersion2).FirstOrDefault(layout => layout is not null);
            }
        }

        return null;
    }

    private static CgroupLayout? TryPrepareVersion2(string group)
    {
        try
        {
            var parent = Path.Combine(group, Name);
            Directory.CreateDirectory(parent);
            EnableControllers(group);
            EnableControllers(parent);
            return CgroupLayout.Version2(parent);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void EnableControllers(string group)
    {
        var control = Path.Combine(group, "cgroup.subtree_control");
        if (HasControllers(control))
        {
            return;
        }

        try
        {
            Enable(control);
        }
        catch (IOException) when (IsOwnGroup(group))
        {
            var leaf = Path.Combine(group, RuntimeLeaf);
            Directory.CreateDirectory(leaf);
            CgroupFile.Write(Path.Combine(leaf, "cgroup.procs"), $"{Environment.ProcessId}");
            Enable(control);
        }
    }

    private static void Enable(string control)
    {
        // Not everybody is given this one; without it CPU time is limited by pausing.
        CgroupFile.TryWrite(control, "+cpu");
        CgroupFile.Write(control, "+memory +pids");
    }

    private static bool IsOwnGroup(string group) =>
        OwnPath("0::") is { Length: > 1 } own && group.EndsWith(own, StringComparison.Ordinal);

    private static bool HasControllers(string path)
    {
        var controllers = ProcFile.Read(path).Split((char[])[' ', '\n', '+'], StringSplitOptions.RemoveEmptyEntries);
        return controllers.Contains("memory") && controllers.Contains("pids");
    }

    private static CgroupLayout? FindVersion1(string root)
    {
        if (PrepareVersion1(root, "memory") is not { } memory || PrepareVersion1(root, "pids") is not { } pids) return null;
        var cpu = PrepareVersion1(root, "cpu");

        // All sandboxes together would weigh no more than one process of the host.
        if (cpu is not null) CgroupFile.TryWrite(Path.Combine(cpu, "cpu.shares"), $"{SharesPerCpu * Environment.ProcessorCount}");
        return CgroupLayout.Version1(memory, pids, PrepareVersion1(root, "cpuacct"), cpu);
    }

    private static string? PrepareVersion1(string root, string controller)
    {
        var mount = Path.Combine(root, controller);
        if (!File.Exists(Path.Combine(mount, "cgroup.procs")))
        {
            return null;
        }

        // Root works at the top: a group that somebody else made for the runtime may be removed only while it is empty.
        var parent = Path.Combine(Environment.IsPrivilegedProcess ? mount : mount + OwnPath($":{controller}:"), Name);
        try
        {
            Directory.CreateDirectory(parent);
            return parent;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The path of this process in a hierarchy, from a line such as <c>4:memory:/user.slice</c> or <c>0::/user.slice</c>.</summary>
    private static string OwnPath(string marker)
    {
        foreach (var line in ProcFile.Read("/proc/self/cgroup").Split('\n'))
        {
            // Controllers that are mounted together share a line: "2:cpu,cpuacct:/".
            if (line.Replace(',', ':').Contains(marker, StringComparison.Ordinal) && line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
            {
                return line[slash..];
            }
        }

        return "/";
    }
}
