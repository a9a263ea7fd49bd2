namespace FlexCore.Sandbox.Tests;

/// <summary>Limits that the kernel does not keep alone: CPU, output, disk, time.</summary>
public sealed class SandboxWatchTests : IAsyncDisposable
{
    private const string Spin = "while True: pass";
    private const string Sleep = "import time\nwhile True: time.sleep(60)";

    private readonly string _folder = Plugin.NewRuntimeDirectory();

    // By rm: a program leaves folders deeper than any path can name.
    public async ValueTask DisposeAsync() => await Spawning.Programs.RunAsync(["/bin/rm", "-rf", "--", _folder]);

    [Theory]
    [InlineData(LimitsMode.Cgroup)]
    [InlineData(LimitsMode.Rlimit)]
    public async Task Programs_of_a_sandbox_share_the_cpu_that_they_may_use(LimitsMode mode)
    {
        await using var host = Host(mode);
        await using var process = await host.StartAsync(
            Plugin.Python($"import os\nfor _ in range(3): os.fork()\n{Spin}") with { Limits = new SandboxLimits { Cpus = 0.2 } }, TestContext.Current.CancellationToken);

        await Plugin.EventuallyAsync(() => process.ReadUsage().ThrottledTime > TimeSpan.FromSeconds(1), "it is kept from running");
        var usage = process.ReadUsage();
        process.Kill();
        var exit = await process.EndAsync();

        // Beside eight that would take all there is: in the time that it was not allowed to run alone it has used much less.
        usage.CpuTime.ShouldBeLessThan(usage.ThrottledTime * 2);
        exit.Outcome.ShouldBe(SandboxOutcome.Stopped);
        exit.Usage.ThrottledTime.ShouldBeGreaterThanOrEqualTo(usage.ThrottledTime);
    }

    [Fact]
    public async Task Paused_program_still_hears_that_it_shall_end()
    {
        await using var host = Host(LimitsMode.Rlimit);
        await using var process = await host.StartAsync(
            Plugin.Python($"import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n{Spin}") with { Limits = new SandboxLimits { Cpus = 0.05 } }, TestContext.Current.CancellationToken);
        await Plugin.EventuallyAsync(() => process.ReadUsage().ThrottledTime > TimeSpan.FromMilliseconds(300), "it is paused");

        process.Terminate();

        (await process.EndAsync()).ExitCode.ShouldBe(7);
    }

    [Fact]
    public async Task Endless_output_ends_the_program()
    {
        await using var host = Host(LimitsMode.Cgroup);

        var result = await host.RunAsync(Plugin.Shell("yes") with { Limits = new SandboxLimits { OutputBytes = 10 << 20 } });

        (result.Exit.Outcome, result.Exit.Exceeded).ShouldBe((SandboxOutcome.LimitExceeded, SandboxLimit.Output));
        result.Output.Length.ShouldBeGreaterThan(10 << 20);
    }

    [Fact]
    public async Task Flood_on_stderr_ends_the_program_and_what_is_within_the_limit_does_not()
    {
        await using var host = Host(LimitsMode.Cgroup);

        var flood = await host.RunAsync(Plugin.Shell("yes >&2") with { Limits = new SandboxLimits { ErrorBytes = 100_000 } });
        var talk = await host.RunAsync(Plugin.Shell("head -c 100000 /dev/zero >&2; head -c 20000 /dev/zero") with { Limits = new SandboxLimits { ErrorBytes = 100_000, OutputBytes = 20_000 } });

        flood.Exit.Exceeded.ShouldBe(SandboxLimit.Error);
        (talk.Exit.Outcome, talk.Error.Length, talk.Output.Length).ShouldBe((SandboxOutcome.Exited, 100_000, 20_000));
    }

    [Theory]
    [InlineData("data = b'x' * 65536\nwith open('/work/big', 'wb') as f:\n  while True: f.write(data); f.flush()")]
    [InlineData("data = b'x' * 65536\nwith open(b'/work/\\xff', 'wb') as f:\n  while True: f.write(data); f.flush()")]
    [InlineData("import os\ndata = b'x' * 65536\nos.mkdir(b'/work/\\xff')\nwith open(b'/work/\\xff/\\xff', 'wb') as f:\n  while True: f.write(data); f.flush()")]
    [InlineData("n = 0\nwhile True: open(f'/work/{n}', 'w').close(); n += 1")]
    [InlineData("import os\nos.chdir('/work')\nfor _ in range(300): os.mkdir('d' * 20); os.chdir('d' * 20)\n" + Sleep)]
    public async Task Folder_that_grows_too_large_ends_the_program(string code)
    {
        await using var host = Host(LimitsMode.Cgroup);
        var work = Directory.CreateDirectory(Path.Combine(_folder, "work")).FullName;
        var spec = Plugin.Python(code) with { Mounts = [new SandboxMount(work, "/work", Writable: true)], Limits = new SandboxLimits { Disk = new SandboxDiskLimit(work, 20 << 20) } };

        var result = await host.RunAsync(spec);

        (result.Exit.Outcome, result.Exit.Exceeded).ShouldBe((SandboxOutcome.LimitExceeded, SandboxLimit.Disk), result.Error);
    }

    [Fact]
    public async Task Links_do_not_make_a_folder_larger()
    {
        await using var host = Host(LimitsMode.Cgroup);
        var work = Directory.CreateDirectory(Path.Combine(_folder, "work")).FullName;
        var spec = Plugin.Python("import os, time\nos.symlink('/usr', '/work/usr')\ntime.sleep(1)") with
        {
            Mounts = [new SandboxMount(work, "/work", Writable: true)],
            Limits = new SandboxLimits { Disk = new SandboxDiskLimit(work, 20 << 20) },
        };

        (await host.RunAsync(spec)).Exit.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Program_that_takes_too_long_is_asked_to_end_and_then_killed()
    {
        await using var host = Host(LimitsMode.Cgroup);
        var limits = new SandboxLimits { Time = TimeSpan.FromMilliseconds(500), Grace = TimeSpan.FromMilliseconds(200) };

        var polite = await host.RunAsync(Plugin.Python($"import os, signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'bye\\n'), sys.exit(3)))\n{Sleep}") with { Limits = limits with { Grace = Plugin.Patience } });
        var stubborn = await host.RunAsync(Plugin.Python($"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{Sleep}") with { Limits = limits });

        (polite.Exit.Outcome, polite.Exit.Exceeded, polite.Exit.ExitCode, polite.Output).ShouldBe((SandboxOutcome.LimitExceeded, SandboxLimit.Time, 3, "bye\n"));
        (stubborn.Exit.Outcome, stubborn.Exit.Exceeded, stubborn.Exit.ExitCode).ShouldBe((SandboxOutcome.LimitExceeded, SandboxLimit.Time, null));
    }

    [Fact]
    public async Task Program_that_does_nothing_is_idle_and_one_that_writes_or_reads_is_not()
    {
        await using var host = Host(LimitsMode.Cgroup);
        var limits = new SandboxLimits { Idle = TimeSpan.FromMilliseconds(600) };

        var silent = await host.RunAsync(Plugin.Python(Sleep) with { Limits = limits });
        var deaf = await host.RunAsync(Plugin.Python(Sleep) with { Limits = limits }, input: "nobody reads this");
        var writing = await host.RunAsync(Plugin.Python("import time\nfor _ in range(8): print('.', flush=True); time.sleep(0.2)") with { Limits = limits });
        var reading = await host.RunAsync(Plugin.Python("import os, time\nwhile os.read(0, 1): time.sleep(0.2)") with { Limits = limits }, input: "12345678");

        silent.Exit.Exceeded.ShouldBe(SandboxLimit.Idle);
        deaf.Exit.Exceeded.ShouldBe(SandboxLimit.Idle);
        writing.Exit.Outcome.ShouldBe(SandboxOutcome.Exited);
        reading.Exit.Outcome.ShouldBe(SandboxOutcome.Exited);
    }

    [Fact]
    public async Task Program_that_waits_for_the_runtime_is_not_idle()
    {
        await using var host = Host(LimitsMode.Cgroup);
        var limits = new SandboxLimits { Idle = TimeSpan.FromMilliseconds(300) };
        await using var reader = await host.StartAsync(Plugin.Shell("cat >/dev/null") with { Limits = limits }, TestContext.Current.CancellationToken);
        await using var writer = await host.StartAsync(Plugin.Shell("head -c 10000000 /dev/zero") with { Limits = limits }, TestContext.Current.CancellationToken);
        writer.Input.Complete();
        var started = TimeProvider.System.GetTimestamp();
        await Plugin.EventuallyAsync(() => TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(1.5), "some time passes");

        reader.Input.Complete();
        var copied = writer.Output.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);

        (await reader.EndAsync()).Outcome.ShouldBe(SandboxOutcome.Exited);
        (await writer.EndAsync()).ExitCode.ShouldBe(0);
        await copied;
    }

    private SandboxHost Host(LimitsMode mode) => Plugin.NewHost(mode == LimitsMode.Cgroup ? null : new SandboxHostOptions { CgroupRoot = _folder });
}
