using FlexCore.Sandbox;

namespace FlexCore.Abuse.Runtime;

/// <summary>For tests that count what this whole process has.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;

/// <summary>However a plugin ends, the runtime keeps nothing of it.</summary>
[Collection(nameof(RunsAlone))]
public sealed class FootprintTests
{
    private static readonly SandboxSpec[] Hostile =
    [
        Plugin.Shell("exit 1"),
        Plugin.Shell("kill -SEGV $$"),
        Plugin.Shell("true") with { Command = ["no-such-program"] },
        Plugin.Shell("true") with { WorkingDirectory = "/no/such/folder" },
        Plugin.Python("import os\nwhile True: os.fork()") with { Limits = new SandboxLimits { Processes = 8 } },
        Plugin.Python("x = [b'x' * (1 << 20) for _ in range(200)]") with { Limits = new SandboxLimits { MemoryBytes = 32 << 20 } },
        Plugin.Python("import os\nwhile True: os.write(1, bytes(65536))"),
        Plugin.Python("import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.close(0); os.close(1); os.close(2)\nwhile True: pass"),
        Plugin.Python("import os\nfor _ in range(1000):\n    try: os.open('/dev/null', 0)\n    except OSError: break\nos.kill(os.getpid(), 9)"),
    ];

    // Within it a collector that is not in a hurry moves.
    private const long Unsteadiness = 32L << 20;

    /// <summary>With <c>./test.sh --long</c> more than a thousand of them.</summary>
    private static readonly int Rounds = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null ? 3 : 1 + (1000 / Hostile.Length);

    [Fact]
    public async Task Memory_descriptors_groups_and_mounts_of_hostile_plugins_are_all_given_back()
    {
        var runtime = Plugin.NewRuntimeDirectory();
        var mounted = Directory.CreateTempSubdirectory("flexcore-abuse-").FullName;
        await using (var host = Plugin.NewHost(new SandboxHostOptions { RuntimeDirectory = runtime }))
        {
            for (var round = 0; round < 2; round++) await AttackAsync(host, mounted);
            var (before, memory) = (Descriptors(), Memory());

            for (var round = 0; round < Rounds; round++) await AttackAsync(host, mounted);

            await Plugin.EventuallyAsync(() => Descriptors() <= before, $"{Descriptors()} descriptors, before {before}");
            await Plugin.EventuallyAsync(() => Memory() < memory + Unsteadiness, $"{Memory() >> 20} MiB of memory, before {memory >> 20} MiB");
            Groups().ShouldBeEmpty();
            if (Directory.Exists(Path.Combine(runtime, "mounts"))) Directory.EnumerateFileSystemEntries(Path.Combine(runtime, "mounts")).ShouldBeEmpty();
        }

        Directory.Delete(runtime, recursive: true);
        Directory.Delete(mounted);
    }

    private static Task AttackAsync(SandboxHost host, string mounted) => Task.WhenAll(Hostile.Select(async spec =>
    {
        await using var process = await host.StartAsync(spec with { Mounts = [new SandboxMount(mounted, mounted, Writable: true)] }, TestContext.Current.CancellationToken);
        await Task.WhenAny(process.Completion, Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken));
        await process.StopAsync(TimeSpan.Zero);
    }));

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static long Memory()
    {
        GC.Collect();
        return Environment.WorkingSet;
    }

    private static IEnumerable<string> Groups() =>
        from parent in Directory.EnumerateDirectories("/sys/fs/cgroup", "flexcore", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 })
        from path in Directory.EnumerateDirectories(parent)
        where Path.GetFileName(path).Contains($"-{Environment.ProcessId}-", StringComparison.Ordinal)
        select path;
}
