using System.Diagnostics;

namespace FlexCore.Sandbox.Tests;

public sealed class SandboxProcessTests
{
    private const string IgnoreTerm = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); signal.pause()";

    [Fact]
    public async Task Program_that_reads_its_input_and_writes_gives_its_output_and_exit_code()
    {
        await using var host = Plugin.NewHost();

        var result = await host.RunAsync(Plugin.Python("import sys; print(sys.stdin.read().upper()); print('note', file=sys.stderr); sys.exit(7)"), "hello");

        result.Error.ShouldBe("note\n");
        result.Output.ShouldBe("HELLO\n");
        result.Exit.Outcome.ShouldBe(SandboxOutcome.Exited);
        result.Exit.ExitCode.ShouldBe(7);
        result.Exit.Signal.ShouldBeNull();
        result.Exit.UnreadInputBytes.ShouldBe(0);
        if ((await host.ProbeAsync(TestContext.Current.CancellationToken)).Limits == LimitsMode.Cgroup)
        {
            // Without groups a program that lives shorter than 100 ms may never be looked at.
            result.Exit.Usage.PeakMemoryBytes.ShouldBeGreaterThan(0);
            result.Exit.Usage.CpuTime.ShouldBeGreaterThan(TimeSpan.Zero);
        }
    }

    [Fact]
    public async Task Program_ended_by_a_signal_is_reported_with_it()
    {
        await using var host = Plugin.NewHost();

        var result = await host.RunAsync(Plugin.Python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"));

        result.Exit.Outcome.ShouldBe(SandboxOutcome.Signaled);
        result.Exit.Signal.ShouldBe(11);
        result.Exit.ExitCode.ShouldBeNull();
    }

    [Fact]
    public async Task Program_that_does_not_exist_exits_with_127_and_is_named_on_the_error_pipe()
    {
        await using var host = Plugin.NewHost();

        var result = await host.RunAsync(Plugin.Shell("") with { Command = ["no-such-program"] });

        result.Exit.Outcome.ShouldBe(SandboxOutcome.Exited);
        result.Exit.ExitCode.ShouldBe(127);
        result.Error.ShouldContain("no-such-program");
    }

    [Fact]
    public async Task Program_that_is_held_begins_when_it_is_released_and_its_time_counts_from_then()
    {
        await using var host = Plugin.NewHost();
        var limits = new SandboxLimits { Time = TimeSpan.FromSeconds(1) };
        await using var process = await host.HoldAsync(Plugin.Shell("echo began; read -r line; echo \"$line\"; sleep 60") with { Limits = limits }, TestContext.Current.CancellationToken);
        await process.Input.WriteAsync("hello\n"u8.ToArray());
        var first = process.Output.ReadAsync(new byte[64], TestContext.Current.CancellationToken).AsTask();
        (await Task.WhenAny(first, process.Completion, Task.Delay(limits.Time.Value * 1.5, TestContext.Current.CancellationToken))).ShouldNotBe(first);
        process.Completion.IsCompleted.ShouldBeFalse();

        process.Release();

        (await first).ShouldBeGreaterThan(0);
        var exit = await process.Completion;
        exit.Outcome.ShouldBe(SandboxOutcome.LimitExceeded);
        exit.Exceeded.ShouldBe(SandboxLimit.Time);
    }

    [Fact]
    public async Task Program_that_is_held_can_be_killed_and_leaves_nothing()
    {
        await using var host = Plugin.NewHost();
        var process = await host.HoldAsync(Plugin.Shell("echo began"), TestContext.Current.CancellationToken);

        process.Kill();
        process.Release();

        (await process.Completion.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken)).Outcome.ShouldBe(SandboxOutcome.Stopped);
        (await process.Output.ReadAsync(new byte[64], TestContext.Current.CancellationToken)).ShouldBe(0);
        await process.DisposeAsync();
    }

    [Fact]
    public async Task Held_sandbox_is_fit_only_for_what_it_was_set_up_for()
    {
        var folder = Directory.CreateTempSubdirectory("flexcore-held-");
        try
        {
            var file = Path.Combine(folder.FullName, "in");
            var hidden = Path.Combine(folder.FullName, "hidden");
            await File.WriteAllTextAsync(file, "old", TestContext.Current.CancellationToken);
            var spec = Plugin.Shell("true") with
            {
                Mounts = [.. Plugin.Shell("true").Mounts, new SandboxMount(file, "/in", Writable: false)],
                HiddenPaths = [hidden],
                Files = [new SandboxFile("/run/flexcore/a", "one"u8.ToArray())],
            };
            await using var host = Plugin.NewHost();
            await using var process = await host.HoldAsync(spec, TestContext.Current.CancellationToken);

            process.IsHeldFor(spec with { Files = [new SandboxFile("/run/flexcore/a", "one"u8.ToArray())] }).ShouldBeTrue();
            process.IsHeldFor(spec with { Files = [new SandboxFile("/run/flexcore/a", "two"u8.ToArray())] }).ShouldBeFalse();
            process.IsHeldFor(spec with { Command = ["false"] }).ShouldBeFalse();
            process.IsHeldFor(spec with { Environment = new Dictionary<string, string> { ["A"] = "1" } }).ShouldBeFalse();
            process.IsHeldFor(spec with { Limits = new SandboxLimits { Processes = 5 } }).ShouldBeFalse();
            process.IsHeldFor(spec with { Mounts = spec.Mounts.SkipLast(1).ToList() }).ShouldBeFalse();
            process.IsHeldFor(spec with { Network = [new SandboxEndpoint("127.0.0.1", 80)] }).ShouldBeFalse();

            Directory.CreateDirectory(hidden);
            process.IsHeldFor(spec).ShouldBeFalse("what is to be hidden is there now");
            Directory.Delete(hidden);
            process.IsHeldFor(spec).ShouldBeTrue();

            await File.WriteAllTextAsync(file + ".new", "new", TestContext.Current.CancellationToken);
            File.Move(file + ".new", file, overwrite: true);
            process.IsHeldFor(spec).ShouldBeFalse("the file is another one now");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Sandbox_that_cannot_be_set_up_fails_with_the_words_of_bubblewrap()
    {
        await using var host = Plugin.NewHost();

        var result = await host.RunAsync(Plugin.Shell("true") with { WorkingDirectory = "/no/such/folder" });

        result.Exit.Outcome.ShouldBe(SandboxOutcome.SandboxFailed);
        result.Exit.ExitCode.ShouldBeNull();
        result.Error.ShouldContain("/no/such/folder");
    }

    [Fact]
    public async Task Input_that_the_program_never_read_is_counted()
    {
        await using var host = Plugin.NewHost();

        var result = await host.RunAsync(Plugin.Python("import os; os.read(0, 3)"), "0123456789");

        result.Exit.ExitCode.ShouldBe(0);
        result.Exit.UnreadInputBytes.ShouldBe(7);
    }

    [Fact]
    public async Task Input_to_a_program_that_has_closed_it_is_refused_and_counted()
    {
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(
            Plugin.Python("import os; os.read(0, 3); os.close(0); print('closed', flush=True); os.read(1, 1)"), TestContext.Current.CancellationToken);
        (await process.Input.WriteAsync("0123456789"u8.ToArray())).ShouldBeTrue();
        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("closed");

        (await process.Input.WriteAsync("more"u8.ToArray())).ShouldBeFalse();
        process.Input.Complete();
        process.Input.Complete();
        process.Kill();

        (await process.EndAsync()).UnreadInputBytes.ShouldBe(7);
    }

    [Fact]
    public async Task Write_that_waits_for_the_program_ends_when_the_sandbox_is_killed()
    {
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(Plugin.Shell("sleep 60"), TestContext.Current.CancellationToken);
        var writing = process.Input.WriteAsync(new byte[4 * 1024 * 1024]).AsTask();

        process.Kill();

        (await writing.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken)).ShouldBeFalse();
        (await process.EndAsync()).Outcome.ShouldBe(SandboxOutcome.Stopped);
    }

    [Theory]
    [InlineData("/sys/fs/cgroup")]
    [InlineData("/nowhere")]
    public async Task Kill_at_any_moment_of_the_start_leaves_no_process(string cgroupRoot)
    {
        await using var host = Plugin.NewHost(new SandboxHostOptions { CgroupRoot = cgroupRoot });
        await host.ProbeAsync(TestContext.Current.CancellationToken);
        for (var moment = 0; moment < 20; moment++)
        {
            await using var process = await host.StartAsync(Plugin.Shell("sleep 60"), TestContext.Current.CancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(moment), TestContext.Current.CancellationToken);

            process.Kill();

            (await process.EndAsync()).Outcome.ShouldBe(SandboxOutcome.Stopped);

            // Nobody is left who could write to it.
            (await Plugin.ReadToEndAsync(process.Error).WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken)).ShouldBeEmpty();
            if (await process.InitPid is { } init)
            {
                Plugin.IsRunning(init).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public async Task Stop_of_a_program_that_handles_the_signal_keeps_its_exit_code()
    {
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(
            Plugin.Python("import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3)); print('ready', flush=True); signal.pause()"),
            TestContext.Current.CancellationToken);
        await Plugin.ReadLineAsync(process.Output);

        await process.StopAsync(Plugin.Patience);

        var exit = await process.Completion;
        exit.Outcome.ShouldBe(SandboxOutcome.Stopped);
        exit.ExitCode.ShouldBe(3);
    }

    [Fact]
    public async Task Stop_asks_grandchildren_in_sessions_of_their_own_too()
    {
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(
            Plugin.Python("""
                import os, signal, sys
                ready, done = os.pipe(), os.pipe()
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'grandchild asked\n'), os.close(done[1]), os._exit(0)))
                        os.write(ready[1], b'x')
                        while True: signal.pause()
                    os._exit(0)
                os.close(done[1])
                signal.signal(signal.SIGTERM, lambda *_: (os.read(done[0], 1), os._exit(0)))
                os.read(ready[0], 1)
                os.write(1, b'ready\n')
                while True: signal.pause()
                """),
            TestContext.Current.CancellationToken);
        await Plugin.ReadLineAsync(process.Output);

        await process.StopAsync(Plugin.Patience);

        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("grandchild asked");
        (await process.Completion).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Stop_of_a_program_that_ignores_the_signal_kills_it_after_the_grace()
    {
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(Plugin.Python(IgnoreTerm), TestContext.Current.CancellationToken);
        await Plugin.ReadLineAsync(process.Output);
        var watch = Stopwatch.StartNew();

        await process.StopAsync(TimeSpan.FromMilliseconds(300));

        watch.Elapsed.ShouldBeInRange(TimeSpan.FromMilliseconds(290), TimeSpan.FromSeconds(5));
        var exit = await process.Completion;
        exit.Outcome.ShouldBe(SandboxOutcome.Stopped);
        exit.ExitCode.ShouldBeNull();
        Plugin.IsRunning((await process.InitPid)!.Value).ShouldBeFalse();
    }

    [Fact]
    public async Task Daemon_that_a_program_leaves_behind_ends_with_it()
    {
        await using var host = Plugin.NewHost();

        var result = await host.RunAsync(Plugin.Python("""
            import os, time
            if os.fork() == 0:
                os.setsid()
                time.sleep(60)
            print('done')
            """));

        result.Output.ShouldBe("done\n");
        result.Exit.ExitCode.ShouldBe(0);
        result.Exit.Duration.ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Kill_after_the_end_changes_nothing()
    {
        await using var host = Plugin.NewHost();
        await using var process = await host.StartAsync(Plugin.Shell("exit 4"), TestContext.Current.CancellationToken);
        var exit = await process.EndAsync();

        process.Terminate();
        process.Kill();
        await process.StopAsync(TimeSpan.Zero);

        exit.Outcome.ShouldBe(SandboxOutcome.Exited);
        exit.ExitCode.ShouldBe(4);
        process.ReadUsage().Processes.ShouldBe(0);
    }

    [Fact]
    public async Task Program_outlives_the_thread_that_asked_for_it()
    {
        await using var host = Plugin.NewHost();
        await host.ProbeAsync(TestContext.Current.CancellationToken);
        SandboxProcess? started = null;
        var thread = new Thread(() => started = host.StartAsync(Plugin.Python("import sys; print(sys.stdin.read())")).AsTask().GetAwaiter().GetResult());
        thread.Start();
        thread.Join();

        await using var process = started.ShouldNotBeNull();
        (await process.Input.WriteAsync("still here"u8.ToArray())).ShouldBeTrue();
        process.Input.Complete();

        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("still here");
        (await process.EndAsync()).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Thirty_sandboxes_at_once_all_answer_under_different_uids()
    {
        await using var host = Plugin.NewHost();
        var processes = await Task.WhenAll(Enumerable.Range(0, 30).Select(async i =>
            await host.StartAsync(Plugin.Python($"import sys; print({i}, sys.stdin.read())"))));

        var outputs = processes.Select(p => Plugin.ReadToEndAsync(p.Output)).ToList();
        foreach (var process in processes)
        {
            (await process.Input.WriteAsync("ok"u8.ToArray())).ShouldBeTrue();
            process.Input.Complete();
        }

        var exits = await Task.WhenAll(processes.Select(p => p.EndAsync()));
        exits.ShouldAllBe(exit => exit.Outcome == SandboxOutcome.Exited && exit.ExitCode == 0);
        (await Task.WhenAll(outputs)).ShouldBe(Enumerable.Range(0, 30).Select(i => $"{i} ok\n"));
        if (Environment.IsPrivilegedProcess)
        {
            processes.Select(p => p.HostUid).Distinct().Count().ShouldBe(30);
        }
    }
}
