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
        (report.LimitsRemedy is null).ShouldBe(report.Limits == LimitsMode.Cgroup);
    }

    [Fact]
    public async Task Machine_without_bubblewrap_is_told_to_install_it_and_nothing_is_started()
    {
        await using var host = Plugin.NewHost(new SandboxHostOptions { BubblewrapPath = "/nowhere/no-such-bwrap" });

        var report = await host.ProbeAsync(TestContext.Current.CancellationToken);

        report.Available.ShouldBeFalse();
        report.Features.Single(f => f.Name == "bubblewrap").Remedy!.ShouldContain("apt-get install bubblewrap");
        report.Features.Single(f => f.Name == "user namespace").Present.ShouldBeFalse();
        var error = await Should.ThrowAsync<SandboxUnavailableException>(async () => await host.StartAsync(Plugin.Shell("true")));
        error.Code.ShouldBe("FX2010");
        error.Message.ShouldContain("bubblewrap");
        error.Remedy.ShouldContain("apt-get install bubblewrap");
    }

    [Fact]
    public async Task Bubblewrap_that_cannot_make_namespaces_makes_the_sandbox_unavailable_with_its_words()
    {
        // Stands in for a machine where the kernel refuses: it says what bubblewrap says there.
        var folder = Directory.CreateTempSubdirectory("flexcore-bwrap-").FullName;
        Libc.SetMode(folder, Libc.OthersMayEnter);
        var program = Path.Combine(folder, "bwrap");
        await File.WriteAllTextAsync(
            program,
            "#!/bin/sh\n[ \"$1\" = --version ] && echo bubblewrap 0.8.0 && exit 0\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n",
            TestContext.Current.CancellationToken);
        Libc.SetMode(program, (UnixFileMode)0x1ED);
        await using var host = Plugin.NewHost(new SandboxHostOptions { BubblewrapPath = program });

        var report = await host.ProbeAsync(TestContext.Current.CancellationToken);

        Directory.Delete(folder, recursive: true);
        report.Available.ShouldBeFalse();
        var feature = report.Features.Single(f => f.Name == "user namespace");
        feature.Present.ShouldBeFalse();
        feature.Detail.ShouldContain("No permissions to create new namespace");
        feature.Remedy.ShouldNotBeNullOrEmpty();
        await Should.ThrowAsync<SandboxUnavailableException>(async () => await host.StartAsync(Plugin.Shell("true")));
    }
}
