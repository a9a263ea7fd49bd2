using FlexCore.Abuse.Machine;
using FlexCore.Sandbox;

namespace FlexCore.Abuse.Probes;

/// <summary>What a plugin takes of the machine's memory and processes ends with its sandbox's limits. Without a sandbox each attempt gets all it wants.</summary>
public sealed class HostileTests(Attacker attacker) : IClassFixture<Attacker>
{
    [Theory]
    [InlineData("hostile.take_memory")]
    [InlineData("hostile.take_memory_in_20_children")]
    [InlineData("hostile.fill_the_private_tmp")]
    [InlineData("hostile.fill_the_shared_memory_folder")]
    [InlineData("hostile.fill_a_file_in_memory")]
    [InlineData("hostile.fill_shared_segments")]
    [InlineData("hostile.use_up_the_inodes_of_the_private_tmp")]
    public async Task Too_much_memory_ends_the_whole_sandbox_whatever_it_is_taken_for(string attack)
    {
        Repository.RequireRoot();
        var report = await attacker.Host.ProbeAsync(TestContext.Current.CancellationToken);
        Assert.SkipUnless(report.Limits == LimitsMode.Cgroup, $"Needs control groups: {report.LimitsDetail}");

        var (inside, outside) = (attacker.AttemptAsync(attack, _ => Attacker.Limits with { MemoryBytes = 64 << 20, TmpBytes = 128 << 20 }), ControlAsync(attack));
        await Task.WhenAll(inside, outside);

        var (attempt, control) = (await inside, await outside);
        attempt.Exit.Outcome.ShouldBe(SandboxOutcome.OutOfMemory, attempt.ToString());
        attempt.Output.ShouldNotContain("true");
        control.Allowed.ShouldBeTrue(control.Detail);
    }

    [Theory]
    [InlineData("hostile.fork_without_end")]
    [InlineData("hostile.leave_zombies")]
    [InlineData("hostile.start_threads")]
    public async Task Too_many_processes_are_refused_and_noted(string attack)
    {
        Repository.RequireRoot();

        var (inside, outside) = (attacker.AttemptAsync(attack), ControlAsync(attack));
        await Task.WhenAll(inside, outside);

        var (attempt, control) = (await inside, await outside);
        attempt.ReadResult().Allowed.ShouldBeFalse(attempt.ToString());
        attempt.Exit.ProcessLimitHit.ShouldBeTrue();
        control.Allowed.ShouldBeTrue(control.Detail);
    }

    private static async Task<ProbeResult> ControlAsync(string attack) => await Control.AttemptAsync(await Probe.FindAsync(attack));
}
