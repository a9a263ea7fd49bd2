using System.Globalization;

namespace FlexCore.Sandbox.Tests.Supervision;

/// <summary>Level <c>none</c>: a process of its own, and an end with all that it has started.</summary>
public sealed class LevelNoneTests : IAsyncLifetime
{
    private readonly SandboxHost _host = Plugin.NewHost(new SandboxHostOptions { BubblewrapPath = "/nowhere/no-such-bwrap" });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Program_is_its_user_with_a_clean_environment_its_own_descriptors_and_no_new_privileges()
    {
        Environment.SetEnvironmentVariable("FLEXCORE_TEST_SECRET", "secret");

        var output = await _host.OutputAsync(await SpecAsync("""
            import os
            status = open('/proc/self/status').read()
            print(os.getuid(), 'FLEXCORE_TEST_SECRET' in os.environ, sorted(os.listdir('/proc/self/fd'))[:4], 'NoNewPrivs:\t1' in status, os.getcwd() == os.environ['HOME'])
            """));

        output.ShouldBe($"{Libc.GetEffectiveUserId()} False ['0', '1', '2', '3'] True True\n");
    }

    [Fact]
    public async Task Whoever_does_not_ask_for_it_does_not_get_it()
    {
        await Should.ThrowAsync<SandboxUnavailableException>(async () => await _host.StartAsync(Plugin.Shell("true")));

        var place = await _host.ReserveAsync(SandboxLevel.None, TestContext.Current.CancellationToken);

        place.Level.ShouldBe(SandboxLevel.None);
        place.Missing.ShouldContain("seccomp");
    }

    [Fact]
    public async Task Kill_ends_all_that_descends_from_the_program()
    {
        await using var process = await _host.StartAsync(
            await SpecAsync("""
                import os, signal, time
                for _ in range(3):
                    if os.fork() == 0:
                        os.setsid()
                        signal.signal(signal.SIGTERM, signal.SIG_IGN)
                        if os.fork() == 0: time.sleep(600)
                        os._exit(0)
                time.sleep(0.2)
                print('ready', flush=True)
                time.sleep(600)
                """),
            TestContext.Current.CancellationToken);
        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("ready");
        using var tree = Limits.SandboxTree.OfSupervisor((await process.InitPid)!.Value);
        var members = tree.Members();
        members.Count.ShouldBeGreaterThanOrEqualTo(4);

        process.Kill();

        (await process.EndAsync()).Outcome.ShouldBe(SandboxOutcome.Stopped);
        members.ShouldAllBe(pid => !Plugin.IsRunning(pid));
    }

    [Fact]
    public async Task Program_that_is_asked_to_end_has_its_grace_and_not_more()
    {
        await using var process = await _host.StartAsync(
            await SpecAsync("import os, signal, time\nsignal.signal(signal.SIGTERM, lambda *_: os.write(1, b'asked\\n'))\nprint('ready', flush=True)\nwhile True: time.sleep(600)"), TestContext.Current.CancellationToken);
        var output = new StreamReader(process.Output);
        (await output.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("ready");

        process.Terminate();
        (await output.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("asked");
        await process.StopAsync(TimeSpan.FromMilliseconds(100)).WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken);

        (await process.Completion).Outcome.ShouldBe(SandboxOutcome.Stopped);
    }

    [Theory]
    [InlineData("import os; os.kill(os.getpid(), 9)", null, 9)]
    [InlineData("import sys; sys.exit(9)", 9, null)]
    public async Task End_of_the_program_is_told_as_it_was(string code, int? exitCode, int? signal)
    {
        var result = await _host.RunAsync(await SpecAsync(code));

        (result.Exit.ExitCode, result.Exit.Signal).ShouldBe((exitCode, signal), result.Error);
    }

    [Fact]
    public async Task Program_that_cannot_be_confined_does_not_begin()
    {
        var result = await _host.RunAsync(await SpecAsync("print('begun')") with { WorkingDirectory = "/nowhere" });

        (result.Exit.Outcome, result.Output).ShouldBe((SandboxOutcome.SandboxFailed, ""));
        result.Error.ShouldContain("/nowhere");
    }

    [Fact]
    public async Task Program_that_kills_its_supervisor_leaves_itself_no_time()
    {
        var result = await _host.RunAsync(await SpecAsync("import os, signal, time\nprint(os.getpid(), flush=True)\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(600)"));

        result.Exit.Outcome.ShouldBe(SandboxOutcome.SandboxFailed);
        await Plugin.EventuallyAsync(() => !Plugin.IsRunning(int.Parse(result.Output, CultureInfo.InvariantCulture)), "the program is gone");
    }

    private async Task<SandboxSpec> SpecAsync(string code)
    {
        var place = await _host.ReserveAsync(SandboxLevel.None, TestContext.Current.CancellationToken);
        return Plugin.Python(code) with { Place = place, WorkingDirectory = place.Home };
    }
}
