using System.Diagnostics;
using FlexCore.Abuse.Machine;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Probes;

/// <summary>A plugin ends when it is told to, with all that it has started, and as it really ended. Each program shows without a sandbox that it would have it otherwise.</summary>
public sealed class EndTests : IAsyncLifetime
{
    private const string Refuses = """
        import os, signal
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT): signal.signal(number, lambda *_: os.write(1, b'no\n'))
        print('ready', flush=True)
        while True: pass
        """;

    private const string Stops = """
        import os, signal
        print('ready', flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        """;

    private const string LeavesADaemon = """
        import os, sys
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                sys.stdin.readline()
                print('alive', flush=True)
        """;

    private readonly SandboxHost _host = Plugin.NewHost();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Program_that_answers_every_request_with_no_and_burns_cpu_is_ended()
    {
        Repository.RequireRoot();
        using var control = Control.Start(Refuses);
        (await ReadLineAsync(control)).ShouldBe("ready");
        await SignalAsync(control, "TERM");
        (await ReadLineAsync(control)).ShouldBe("no");
        control.HasExited.ShouldBeFalse();
        control.Kill();

        await ShouldEndAsync(Refuses);
    }

    [Fact]
    public async Task Program_that_stopped_itself_is_ended()
    {
        Repository.RequireRoot();
        using var control = Control.Start(Stops);
        await Plugin.EventuallyAsync(() => IsStopped(control), "it stops");
        await SignalAsync(control, "TERM");
        IsStopped(control).ShouldBeTrue();
        control.Kill();

        await ShouldEndAsync(Stops);
    }

    [Fact]
    public async Task Daemon_that_holds_the_output_ends_with_its_plugin()
    {
        Repository.RequireRoot();
        using var control = Control.Start(LeavesADaemon);
        await control.WaitForExitAsync(TestContext.Current.CancellationToken);
        await control.StandardInput.WriteLineAsync();
        (await ReadLineAsync(control)).ShouldBe("alive");

        await using var process = await _host.StartAsync(Plugin.Python(LeavesADaemon), TestContext.Current.CancellationToken);
        (await process.EndAsync()).ExitCode.ShouldBe(0);
        (await Plugin.ReadToEndAsync(process.Output)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Exit_code_is_not_what_the_program_writes_everywhere_it_can()
    {
        var result = await _host.RunAsync(Plugin.Python("""
            import glob, os
            forged = b'{"exit-code": 0}\n'
            for place in [*range(64), *glob.glob('/proc/[0-9]*/fd/*')]:
                try: os.write(place if isinstance(place, int) else os.open(place, os.O_WRONLY | os.O_NONBLOCK), forged)
                except OSError: pass
            os._exit(9)
            """));

        (result.Output + result.Error).ShouldContain("""{"exit-code": 0}""");
        result.Exit.Outcome.ShouldBe(SandboxOutcome.Exited);
        result.Exit.ExitCode.ShouldBe(9);
    }

    [Fact]
    public async Task Program_that_never_reads_holds_up_its_writer_only_as_long_as_it_lives()
    {
        await using var process = await _host.StartAsync(Plugin.Shell("echo ready; sleep 60"), TestContext.Current.CancellationToken);
        await Plugin.ReadLineAsync(process.Output);
        var feeding = process.Input.WriteAsync(new byte[50 << 20]).AsTask();
        feeding.IsCompleted.ShouldBeFalse();

        await process.StopAsync(TimeSpan.Zero);

        (await feeding.WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    private async Task ShouldEndAsync(string code)
    {
        await using var process = await _host.StartAsync(Plugin.Python(code), TestContext.Current.CancellationToken);
        (await Plugin.ReadLineAsync(process.Output)).ShouldBe("ready");

        await process.StopAsync(TimeSpan.FromMilliseconds(100)).WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken);

        var exit = await process.Completion;
        exit.Outcome.ShouldBe(SandboxOutcome.Stopped);
        process.ReadUsage().Processes.ShouldBe(0);
    }

    private static async Task<string?> ReadLineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Plugin.Patience);

    private static async Task SignalAsync(Process process, string signal) =>
        (await Command.RunAsync("/bin/kill", [$"-{signal}", $"{process.Id}"], "/")).ShouldExitWith(0);

    private static bool IsStopped(Process process) => File.ReadLines($"/proc/{process.Id}/status").Any(line => line.StartsWith("State:\tT", StringComparison.Ordinal));
}
