using FlexCore.Abuse.Machine;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Probes;

/// <summary>A plugin that goes on without end is ended for it, each time for the limit that it exceeds. Without a sandbox each program comes to its own end.</summary>
public sealed class LimitTests(Attacker attacker) : IClassFixture<Attacker>
{
    private const int Mebibyte = 1 << 20;
    private const string FloodsOutput = "import os\nfor _ in range(512): os.write(1, b'x' * 65536)\nos.write(1, b'end')";
    private const string FloodsErrors = "import os\nfor _ in range(512): os.write(2, b'x' * 65536)\nos.write(1, b'end')";
    private const string Late = "import time\nprint('ready', flush=True)\ntime.sleep(1)\nprint('end', flush=True)";
    private const string Drips = "import time\nfor _ in range(25):\n    print('.', end='', flush=True)\n    time.sleep(0.04)\nprint('end', flush=True)";
    private const string Burns = "import os, time\nfor _ in range(3): os.fork()\nwhile time.process_time() < 0.04: pass\nprint('end', flush=True)";

    public static TheoryData<string> Endless => [.. Attacks.Keys];

    private static Dictionary<string, (string Code, SandboxLimits Limits, SandboxLimit Exceeded)> Attacks { get; } = new(StringComparer.Ordinal)
    {
        ["a flood of output"] = (FloodsOutput, new SandboxLimits { OutputBytes = Mebibyte }, SandboxLimit.Output),
        ["a flood of log lines"] = (FloodsErrors, new SandboxLimits { ErrorBytes = Mebibyte }, SandboxLimit.Error),
        ["being late"] = (Late, new SandboxLimits { Time = TimeSpan.FromMilliseconds(300) }, SandboxLimit.Time),
        ["doing nothing"] = (Late, new SandboxLimits { Idle = TimeSpan.FromMilliseconds(300) }, SandboxLimit.Idle),
        ["byte by byte, never idle and never done"] = (Drips, new SandboxLimits { Idle = TimeSpan.FromSeconds(5), Time = TimeSpan.FromMilliseconds(300) }, SandboxLimit.Time),
    };

    [Theory]
    [MemberData(nameof(Endless))]
    public async Task Program_that_goes_on_is_ended_for_its_limit(string attack)
    {
        Repository.RequireRoot();
        var (code, limits, exceeded) = Attacks[attack];
        var result = await attacker.Host.RunAsync(Plugin.Python(code) with { Limits = limits });

        (result.Exit.Outcome, result.Exit.Exceeded).ShouldBe((SandboxOutcome.LimitExceeded, exceeded), result.Error);
        result.Output.ShouldNotContain("end");
        (await ControlAsync(code)).ShouldEndWith("end");
    }

    [Theory]
    [InlineData("hostile.fill_the_work_folder")]
    [InlineData("hostile.fill_the_work_folder_under_a_name_that_is_no_text")]
    [InlineData("hostile.use_up_the_inodes_of_the_work_folder")]
    public async Task Program_that_fills_the_disk_is_ended(string attack)
    {
        Repository.RequireRoot();
        var outside = Control.AttemptAsync(await Probe.FindAsync(attack));
        var inside = await attacker.AttemptAsync(attack, playground => Attacker.Limits with { Disk = new SandboxDiskLimit(playground.Work, 16 * Mebibyte) });

        (inside.Exit.Outcome, inside.Exit.Exceeded).ShouldBe((SandboxOutcome.LimitExceeded, SandboxLimit.Disk), inside.ToString());
        (await outside).Allowed.ShouldBeTrue();
    }

    /// <summary>Eight at once, which together would need both CPUs of a small machine.</summary>
    [Fact]
    public async Task Programs_that_burn_cpu_get_their_share_and_no_more()
    {
        Repository.RequireRoot();
        var result = await attacker.Host.RunAsync(Plugin.Python(Burns) with { Limits = new SandboxLimits { Cpus = 0.2 } });

        result.Exit.ExitCode.ShouldBe(0, result.Error);
        result.Exit.Usage.ThrottledTime.ShouldBeGreaterThan(TimeSpan.Zero);
        result.Exit.Duration.ShouldBeGreaterThan(result.Exit.Usage.CpuTime * 2);
        (await ControlAsync(Burns)).ShouldContain("end");
    }

    private static async Task<string> ControlAsync(string code)
    {
        using var process = Control.Start(code);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Plugin.Patience, TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, await error);
        return (await output).TrimEnd();
    }
}
