using FlexCore.Sandbox.Tests.Scenarios;

namespace FlexCore.Sandbox.Tests;

/// <summary>The same machine, but the runtime is a normal user.</summary>
public sealed class NormalUserTests
{
    [Fact]
    public async Task Normal_user_has_the_whole_sandbox_without_a_uid_drop()
    {
        using var runtime = OtherRuntime.StartAsNormalUser(RuntimeScenario.Run, new RuntimeRequest("import os, sys; print(os.getuid(), sys.stdin.read())"));

        var reply = await runtime.ReplyAsync();

        var report = reply.Report.ShouldNotBeNull();
        report.Features.ShouldAllBe(f => f.Present || !f.Required);
        report.Available.ShouldBeTrue();
        report.Features.ShouldNotContain(f => f.Name == "idmapped mounts");
        report.Features.Single(f => f.Name == "uid drop").Detail.ShouldStartWith("not root");
        reply.Output.ShouldBe("65534 input\n");
        reply.Exit!.Outcome.ShouldBe(SandboxOutcome.Exited);
        reply.Exit.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Normal_user_without_a_group_of_its_own_is_told_how_to_get_one()
    {
        using var runtime = OtherRuntime.StartAsNormalUser(RuntimeScenario.Run, new RuntimeRequest("pass"));

        var report = (await runtime.ReplyAsync()).Report!;

        Assert.SkipWhen(report.Limits == LimitsMode.Cgroup, "The user has a delegated control group here.");
        report.LimitsRemedy!.ShouldContain("systemd-run --user --scope -p Delegate=yes");
    }

    [Fact]
    public async Task Memory_and_processes_of_a_normal_user_are_limited()
    {
        var request = new RuntimeRequest("""
            import os, signal
            for _ in range(8):
                if os.fork() == 0:
                    chunk = b'x' * (25 << 20)
                    signal.pause()
            signal.pause()
            """)
        {
            Limits = new SandboxLimits { MemoryBytes = 100 << 20 },
        };
        using var memory = OtherRuntime.StartAsNormalUser(RuntimeScenario.Run, request);
        (await memory.ReplyAsync()).Exit!.Outcome.ShouldBe(SandboxOutcome.OutOfMemory);

        request = new RuntimeRequest("""
            import os, signal
            refused = 0
            for _ in range(100):
                try:
                    if os.fork() == 0: signal.pause()
                except OSError: refused += 1
            print(refused)
            """)
        {
            Limits = new SandboxLimits { Processes = 16 },
        };
        using var processes = OtherRuntime.StartAsNormalUser(RuntimeScenario.Run, request);
        (await processes.ReplyAsync()).Output.ShouldBe("85\n");
    }

    [Fact]
    public async Task Files_of_a_normal_user_are_read_and_written_as_that_user()
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-user-").FullName;
        Libc.SetMode(folder, (UnixFileMode)0x1FF);
        using var runtime = OtherRuntime.StartAsNormalUser(
            RuntimeScenario.Run,
            new RuntimeRequest($"open('{folder}/out', 'w').write('x')") { Mounts = [new SandboxMount(folder, folder, Writable: true)] });

        var reply = await runtime.ReplyAsync();

        reply.Error.ShouldBeEmpty();
        Libc.GetOwner(Path.Combine(folder, "out")).UserId.ShouldNotBe(0u);
        Directory.Delete(folder, recursive: true);
    }
}
