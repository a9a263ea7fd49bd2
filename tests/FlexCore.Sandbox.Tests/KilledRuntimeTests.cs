using FlexCore.Sandbox.Tests.Scenarios;

namespace FlexCore.Sandbox.Tests;

/// <summary>What a runtime leaves behind when it is killed without a chance to clean up.</summary>
public sealed class KilledRuntimeTests : IDisposable
{
    private const string ManyProcesses = """
        import os, signal, time
        for _ in range(3):
            if os.fork() == 0:
                os.setsid()
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600)
        print('ready', flush=True)
        time.sleep(600)
        """;

    private readonly string _runtime = Plugin.NewRuntimeDirectory();
    private readonly string _data = Directory.CreateTempSubdirectory("flexcore-data-").FullName;

    public void Dispose()
    {
        // Not recursively if something is still mounted there: it would be deleted too.
        File.ReadAllText("/proc/self/mounts").ShouldNotContain(_runtime);
        Directory.Delete(_runtime, recursive: true);
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Killed_runtime_leaves_no_process_and_the_next_one_removes_the_rest()
    {
        Plugin.SkipUnlessRoot();
        await File.WriteAllTextAsync(Path.Combine(_data, "precious"), "data", TestContext.Current.CancellationToken);
        var options = new SandboxHostOptions { RuntimeDirectory = _runtime };
        using var other = OtherRuntime.Start(RuntimeScenario.Hang, new RuntimeRequest(ManyProcesses)
        {
            RuntimeDirectory = _runtime,
            Mounts = [new SandboxMount(_data, "/data", Writable: true)],
        });
        var reply = await other.ReplyAsync();
        reply.Output.ShouldBe("ready");
        ProcessesOf(reply.HostUid!.Value).ShouldBeGreaterThanOrEqualTo(4);
        var groups = GroupsOf(other.Pid);

        await other.KillAsync();

        await Plugin.EventuallyAsync(() => ProcessesOf(reply.HostUid.Value) == 0, "all processes of the sandbox are gone");
        Directory.EnumerateDirectories(Path.Combine(_runtime, "mounts")).ShouldHaveSingleItem();

        await using (var next = Plugin.NewHost(options))
        {
            await next.ProbeAsync(TestContext.Current.CancellationToken);
        }

        Directory.EnumerateFileSystemEntries(Path.Combine(_runtime, "mounts")).ShouldBeEmpty();
        groups.Where(Directory.Exists).ShouldBeEmpty();
        (await File.ReadAllTextAsync(Path.Combine(_data, "precious"), TestContext.Current.CancellationToken)).ShouldBe("data");
    }

    [Fact]
    public async Task Killed_runtime_of_a_normal_user_leaves_no_process()
    {
        using var other = OtherRuntime.StartAsNormalUser(RuntimeScenario.Hang, new RuntimeRequest(ManyProcesses));
        var init = (await other.ReplyAsync()).InitPid!.Value;
        using var tree = Limits.SandboxTree.OfNamespace(init, Limits.ProcessStat.Read(init)!.Value.ParentPid, pidNamespace: null);
        var members = tree.Members();
        members.Count.ShouldBeGreaterThanOrEqualTo(4);

        await other.KillAsync();

        await Plugin.EventuallyAsync(() => members.Append(init).All(pid => !Plugin.IsRunning(pid)), "all processes of the sandbox are gone");
    }

    private static int ProcessesOf(int uid) => Directory.EnumerateDirectories("/proc")
        .Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0]))
        .Select(path => Limits.ProcFile.Read($"{path}/status"))
        .Count(status => status.Contains($"\nUid:\t{uid}\t", StringComparison.Ordinal) && !status.Contains("State:\tZ", StringComparison.Ordinal));

    private static List<string> GroupsOf(int pid) =>
        [.. from line in Limits.ProcFile.Read("/proc/mounts").Split('\n')
            let mount = line.Split(' ')
            where mount.Length > 2 && mount[2] is "cgroup" or "cgroup2"
            let parent = Path.Combine(mount[1], "flexcore")
            where Directory.Exists(parent)
            from path in Directory.EnumerateDirectories(parent)
            where Path.GetFileName(path).Contains($"-{pid}-", StringComparison.Ordinal)
            select path];
}
