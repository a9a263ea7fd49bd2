using System.Diagnostics;
using FlexCore.Sandbox.Probing;
using FlexCore.Sandbox.Tests.Scenarios;

namespace FlexCore.Sandbox.Tests;

/// <summary>The whole self-test: a program that tries to break out.</summary>
public sealed class SelfTestTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_attempt_to_break_out_of_a_sandbox_is_made_and_stopped()
    {
        await using var host = Plugin.NewHost();
        await host.ProbeAsync(TestContext.Current.CancellationToken);
        var watch = Stopwatch.StartNew();

        var report = await host.TestAsync(SandboxLevel.Sandbox, TestContext.Current.CancellationToken);

        output.WriteLine($"{watch.ElapsedMilliseconds} ms");
        ShouldHaveStopped(report, SandboxLevel.Sandbox, 16);
    }

    [Fact]
    public async Task Every_attempt_to_break_out_of_level_process_is_made_and_stopped()
    {
        using var runtime = OtherRuntime.StartAsNormalUser(RuntimeScenario.Test, new RuntimeRequest("") { Level = SandboxLevel.Process });

        ShouldHaveStopped((await runtime.ReplyAsync()).Report!, SandboxLevel.Process, 15);
    }

    /// <summary>The same attempts where nothing stops them: one that fails there shows nothing elsewhere.</summary>
    [Fact]
    public async Task Attempts_that_an_ordinary_user_can_make_succeed_where_there_is_no_sandbox()
    {
        using var runtime = OtherRuntime.StartAsNormalUser(RuntimeScenario.BreakOut, new RuntimeRequest(""));

        var reply = await runtime.ReplyAsync();

        output.WriteLine(reply.Output + reply.Error);
        string[] rootsAlone = ["change a setting of the kernel", "mount a file system", "raise a limit", "find an open file of the runtime"];
        foreach (var attempt in BreakOut.At(SandboxLevel.Sandbox).Select(attempt => attempt.Name).Except(rootsAlone)) reply.Output.ShouldContain($"{attempt}: succeeded\n");
    }

    private static void ShouldHaveStopped(SandboxReport report, SandboxLevel level, int count)
    {
        report.Features.ShouldAllBe(feature => feature.Present || !feature.Required);
        var attempts = report.Features.Where(feature => feature.Name.StartsWith("attempt to ", StringComparison.Ordinal)).ToList();
        attempts.ShouldAllBe(attempt => attempt.Detail == "stopped");
        attempts.Count.ShouldBe(count);
        (report.Available, report.Level).ShouldBe((true, level));
    }
}
