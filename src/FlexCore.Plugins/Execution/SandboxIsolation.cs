using FlexCore.Application.Ports;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>Asks the sandbox what it can do here.</summary>
internal sealed class SandboxIsolation(SandboxHost sandbox) : IIsolation
{
    public async ValueTask<IsolationReport> ProbeAsync(CancellationToken cancellationToken)
    {
        var report = await sandbox.ProbeAsync(cancellationToken);
        var limits = report.Limits == LimitsMode.Cgroup ? "cgroup" : "rlimit";
        return new IsolationReport(
            report.Available,
            limits,
            [
                .. report.Features.Select(feature => new HostFeature(feature.Name, feature.Present, feature.Required, feature.Detail, feature.Remedy)),
                new HostFeature("limits", report.Limits == LimitsMode.Cgroup, IsRequired: false, report.LimitsDetail, report.LimitsRemedy),
            ]);
    }
}
