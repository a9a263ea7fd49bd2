using FlexCore.Application.Ports;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>Asks the sandbox what it can do here.</summary>
internal sealed class SandboxIsolation(SandboxHost sandbox) : IIsolation
{
    public async ValueTask<IsolationReport> ProbeAsync(CancellationToken cancellationToken)
    {
        var report = await sandbox.ProbeAsync(cancellationToken);
        return new IsolationReport(
            report.Available,
            NameOf(report.Limits),
            [
                .. report.Features.Select(feature => new HostFeature(feature.Name, feature.Present, feature.Required, feature.Detail, feature.Remedy)),
                new HostFeature("limits", report.Limits == LimitsMode.Cgroup, IsRequired: false, report.LimitsDetail, report.LimitsRemedy),
            ]);
    }

    /// <summary>What a way to keep limits is called in events and reports.</summary>
    public static string NameOf(LimitsMode limits) => limits == LimitsMode.Cgroup ? "cgroup" : "rlimit";
}
