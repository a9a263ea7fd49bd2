namespace FlexCore.Sandbox;

/// <summary>The self-test.</summary>
internal static class SandboxProbe
{
    public static Task<SandboxReport> RunAsync(SandboxMachine machine) => Task.FromResult(new SandboxReport(
        machine.BubblewrapPath is not null, [], machine.Cgroups is null ? LimitsMode.Rlimit : LimitsMode.Cgroup, "", null, $"{machine.Architecture}"));
}
