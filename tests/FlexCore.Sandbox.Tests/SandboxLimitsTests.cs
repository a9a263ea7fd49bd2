namespace FlexCore.Sandbox.Tests;

public sealed class SandboxLimitsTests : IDisposable
{
    private const string MemoryBomb = """
        chunks = []
        while True: chunks.append(b'x' * (8 << 20))
        """;

    private const string ForkBomb = """
        import os, time
        refused = 0
        for _ in range(200):
            try:
                if os.fork() == 0: time.sleep(60)
            except OSError: refused += 1
        print(refused, flush=True)
        """;

    // Stands in for a machine without control groups that the runtime may use.
    private readonly string _noCgroups = Directory.CreateTempSubdirectory("flexcore-no-cgroups-").FullName;

    public void Dispose() => Directory.Delete(_noCgroups);

    [Theory]
    [InlineData(LimitsMode.Cgroup)]
    [InlineData(LimitsMode.Rlimit)]
    public async Task Program_that_takes_too_much_memory_is_out_of_memory(LimitsMode mode)
    {
        await using var host = await HostAsync(mode);

        var result = await host.RunAsync(Plugin.Python(MemoryBomb) with { Limits = new SandboxLimits { MemoryBytes = 100 << 20 } });

        // A single process may also be refused memory before the watcher has seen it.
        if (mode == LimitsMode.Cgroup || result.Exit.ExitCode is null)
        {
            result.Exit.Outcome.ShouldBe(SandboxOutcome.OutOfMemory);
            result.Exit.Usage.PeakMemoryBytes.ShouldBeGreaterThan(90 << 20);
        }
        else
        {
            result.Error.ShouldContain("MemoryError");
        }
    }

    [Theory]
    [InlineData(LimitsMode.Cgroup)]
    [InlineData(LimitsMode.Rlimit)]
    public async Task Memory_taken_by_many_processes_together_ends_the_whole_sandbox(LimitsMode mode)
    {
        await using var host = await HostAsync(mode);

        var result = await host.RunAsync(Plugin.Python("""
            import os, signal
            for _ in range(8):
                if os.fork() == 0:
                    chunk = b'x' * (25 << 20)
                    signal.pause()
            signal.pause()
            """) with { Limits = new SandboxLimits { MemoryBytes = 100 << 20 } });

        result.Exit.Outcome.ShouldBe(SandboxOutcome.OutOfMemory);
    }

    [Fact]
    public async Task Memory_in_private_tmp_counts()
    {
        await using var host = await HostAsync(LimitsMode.Cgroup);

        var result = await host.RunAsync(Plugin.Python("open('/tmp/x', 'wb').write(b'x' * (90 << 20)); open('/home/plugin/x', 'wb').write(b'x' * (90 << 20))") with
        {
            Limits = new SandboxLimits { MemoryBytes = 150 << 20, TmpBytes = 100 << 20 },
        });

        result.Exit.Outcome.ShouldBe(SandboxOutcome.OutOfMemory);
    }

    [Theory]
    [InlineData(LimitsMode.Cgroup)]
    [InlineData(LimitsMode.Rlimit)]
    public async Task Fork_bomb_is_contained_and_noted(LimitsMode mode)
    {
        await using var host = await HostAsync(mode);
        await using var process = await host.StartAsync(
            Plugin.Python(ForkBomb + "\ntime.sleep(60)") with { Limits = new SandboxLimits { Processes = 16 } }, TestContext.Current.CancellationToken);

        // 15 beside the program itself, each of which then sleeps.
        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("185");
        await Plugin.EventuallyAsync(() => process.ReadUsage().Processes == 16, "the processes are counted");
        process.Kill();

        var exit = await process.EndAsync();
        exit.ProcessLimitHit.ShouldBeTrue();
        exit.Outcome.ShouldBe(SandboxOutcome.Stopped);
    }

    [Fact]
    public async Task Program_within_its_limits_hits_none()
    {
        await using var host = await HostAsync(LimitsMode.Cgroup);

        var result = await host.RunAsync(Plugin.Python("import threading; [threading.Thread(target=print).start() for _ in range(8)]"));

        result.Exit.Outcome.ShouldBe(SandboxOutcome.Exited);
        result.Exit.ProcessLimitHit.ShouldBeFalse();
    }

    [Theory]
    [InlineData(LimitsMode.Cgroup)]
    [InlineData(LimitsMode.Rlimit)]
    public async Task Usage_is_read_while_the_program_runs(LimitsMode mode)
    {
        await using var host = await HostAsync(mode);
        await using var process = await host.StartAsync(
            Plugin.Python("""
                import sys, time
                chunk = b'x' * (40 << 20)
                while time.process_time() < 0.2: pass
                print('ready', flush=True)
                sys.stdin.read()
                """),
            TestContext.Current.CancellationToken);
        await Plugin.ReadLineAsync(process.Output);

        var usage = process.ReadUsage();

        usage.MemoryBytes.ShouldBeInRange(40 << 20, 120 << 20);
        usage.PeakMemoryBytes.ShouldBeGreaterThanOrEqualTo(40 << 20);
        usage.CpuTime.ShouldBeInRange(TimeSpan.FromMilliseconds(180), TimeSpan.FromSeconds(10));
        usage.Processes.ShouldBe(1);
        process.Input.Complete();
        (await process.EndAsync()).Usage.CpuTime.ShouldBeGreaterThanOrEqualTo(usage.CpuTime);
    }

    [Fact]
    public async Task Open_files_and_core_dumps_are_limited()
    {
        await using var host = Plugin.NewHost();

        var output = await host.OutputAsync(Plugin.Python("import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))") with
        {
            Limits = new SandboxLimits { OpenFiles = 100 },
        });

        output.ShouldBe("(100, 100) (0, 0)\n");
    }

    private async Task<SandboxHost> HostAsync(LimitsMode mode)
    {
        var host = Plugin.NewHost(mode == LimitsMode.Rlimit ? new SandboxHostOptions { CgroupRoot = _noCgroups } : null);
        var report = await host.ProbeAsync();
        Assert.SkipUnless(report.Limits == mode, $"Needs limits of the kind {mode}: {report.LimitsDetail}");
        return host;
    }
}
