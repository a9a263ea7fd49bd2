using FlexCore.Sandbox.Cgroups;

namespace FlexCore.Sandbox.Tests.Cgroups;

/// <summary>
/// Version 2 of control groups, against ordinary files in a temporary folder: this shows which files are written and how they are
/// read, not that a kernel obeys. Version 1 is tested for real where the machine has it, and version 2 where it has that.
/// </summary>
public sealed class CgroupVersion2StandInTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("flexcore-cgroup2-").FullName;

    public CgroupVersion2StandInTests()
    {
        foreach (var folder in (string[])[_root, OwnGroup])
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "cgroup.controllers"), "cpuset cpu io memory pids\n");
            File.WriteAllText(Path.Combine(folder, "cgroup.subtree_control"), "cpu\n");
        }
    }

    private string OwnGroup => _root + (Limits.ProcFile.Read("/proc/self/cgroup").Split('\n').FirstOrDefault(line => line.StartsWith("0::", StringComparison.Ordinal))?[3..] ?? "/");

    private string Parent => Path.Combine(Environment.IsPrivilegedProcess ? _root : OwnGroup, "flexcore");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Stand_in_controllers_are_enabled_for_the_tree_and_its_groups()
    {
        var tree = CgroupTree.Find(_root).ShouldNotBeNull();

        tree.Layout.Version.ShouldBe(2);
        tree.Layout.MemoryParent.ShouldBe(Parent);
        Read(Path.GetDirectoryName(Parent)!, "cgroup.subtree_control").ShouldBe("+memory +pids");
        Read(Parent, "cgroup.subtree_control").ShouldBe("+memory +pids");
    }

    [Fact]
    public void Stand_in_without_the_controllers_is_no_place_for_groups()
    {
        File.WriteAllText(Path.Combine(_root, "cgroup.controllers"), "cpuset cpu io\n");

        CgroupTree.Find(_root).ShouldBeNull();
    }

    [Fact]
    public void Stand_in_group_gets_the_limits_and_counts_the_wrappers_on_top()
    {
        var group = NewGroup();

        Read(group, "memory.max").ShouldBe("1000000");
        Read(group, "pids.max").ShouldBe("12");
    }

    [Fact]
    public void Stand_in_usage_and_events_are_read()
    {
        var limits = NewLimits();
        var group = limits.Groups.ShouldHaveSingleItem();
        Write(group, "memory.current", "400000\n");
        Write(group, "memory.peak", "900000\n");
        Write(group, "cpu.stat", "usage_usec 1500000\nuser_usec 1000000\n");
        Write(group, "pids.current", "5\n");
        Write(group, "pids.events", "max 0\n");
        Write(group, "memory.events", "low 0\noom 0\noom_kill 0\noom_group_kill 0\n");

        limits.Measure(tree: null).ShouldBe(new Limits.LimitState(
            new SandboxUsage(TimeSpan.FromSeconds(1.5), 400000, 900000, 3), OutOfMemory: false, ProcessLimitHit: false));

        Write(group, "memory.events", "low 0\noom 1\noom_kill 1\noom_group_kill 1\n");
        Write(group, "pids.events", "max 7\n");
        var state = limits.Measure(tree: null);
        state.OutOfMemory.ShouldBeTrue();
        state.ProcessLimitHit.ShouldBeTrue();
    }

    [Fact]
    public void Stand_in_share_of_the_cpu_is_limited_and_the_time_without_it_is_read()
    {
        var limits = CgroupTree.Find(_root)!.CreateGroup(new SandboxLimits { Cpus = 1.5 });
        var group = limits.Groups.ShouldHaveSingleItem();
        Write(group, "cpu.stat", "usage_usec 1500000\nnr_throttled 3\nthrottled_usec 250000\n");

        limits.KeepsCpus.ShouldBeTrue();
        Read(group, "cpu.max").ShouldBe("150000 100000");
        limits.Measure(tree: null).Usage.ThrottledTime.ShouldBe(TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public void Stand_in_without_a_remembered_peak_has_to_be_watched()
    {
        var limits = NewLimits();
        var group = limits.Groups.ShouldHaveSingleItem();
        limits.PollMilliseconds.ShouldBe(100);

        Write(group, "memory.current", "700000\n");
        limits.Measure(tree: null);
        Write(group, "memory.current", "300000\n");

        limits.Measure(tree: null).Usage.PeakMemoryBytes.ShouldBe(700000);
    }

    [Fact]
    public void Stand_in_groups_of_a_dead_runtime_are_removed_and_those_of_living_ones_kept()
    {
        var tree = CgroupTree.Find(_root).ShouldNotBeNull();
        var living = RuntimeIdentity.NextName();
        var parts = living.Split('-');
        var dead = $"{parts[0]}-{parts[1]}-{long.Parse(parts[2]) + 1}-1"; // the same pid, used again
        string[] kept = [living, $"1-{parts[1]}-1-1", "somebody-elses"]; // the second: of another pid namespace
        foreach (var name in kept.Append(dead))
        {
            Directory.CreateDirectory(Path.Combine(Parent, name));
        }

        tree.RemoveAbandoned();

        Directory.EnumerateDirectories(Parent).Select(Path.GetFileName).ShouldBe(kept, ignoreOrder: true);
    }

    private CgroupLimits NewLimits() =>
        CgroupTree.Find(_root)!.CreateGroup(new SandboxLimits { MemoryBytes = 1_000_000, Processes = 10 });

    private string NewGroup() => NewLimits().Groups.ShouldHaveSingleItem();

    private static string Read(string folder, string file) => File.ReadAllText(Path.Combine(folder, file));

    private static void Write(string folder, string file, string text) => File.WriteAllText(Path.Combine(folder, file), text);
}
