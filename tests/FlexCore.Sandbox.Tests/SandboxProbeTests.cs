using System.Diagnostics;

namespace FlexCore.Sandbox.Tests;

public sealed class SandboxProbeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Probe_on_a_capable_machine_finds_every_required_feature()
    {
        await using var host = new SandboxHost(new SandboxHostOptions(), TimeProvider.System);
        var watch = Stopwatch.StartNew();

        var report = await host.ProbeAsync(TestContext.Current.CancellationToken);

        output.WriteLine($"{watch.ElapsedMilliseconds} ms, {report}");
        foreach (var feature in report.Features)
        {
            output.WriteLine($"{feature}");
        }

        report.Features.ShouldAllBe(f => f.Present || !f.Required);
        report.Available.ShouldBeTrue();
        report.Limits.ShouldBe(LimitsMode.Cgroup);
    }
}
