using FlexCore.Application.Ports;
using FlexCore.Domain.Plugins;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Execution;

/// <summary>Asks the sandbox what it can do here.</summary>
internal sealed class SandboxIsolation(SandboxHost sandbox) : IIsolation
{
    public async ValueTask<IsolationReport> ProbeAsync(IsolationLevel level, CancellationToken cancellationToken) =>
        Describe(level, await sandbox.ProbeAsync(Translate(level), cancellationToken));

    public async ValueTask<IsolationReport> TestAsync(IsolationLevel level, CancellationToken cancellationToken) =>
        Describe(level, await sandbox.TestAsync(Translate(level), cancellationToken));

    /// <summary>What a way to keep limits is called in events and reports.</summary>
    public static string NameOf(LimitsMode limits) => limits == LimitsMode.Cgroup ? "cgroup" : "rlimit";

    /// <summary>The sandbox's word for a level.</summary>
    public static SandboxLevel Translate(IsolationLevel level) => level switch
    {
        IsolationLevel.Sandbox => SandboxLevel.Sandbox,
        IsolationLevel.Process => SandboxLevel.Process,
        _ => SandboxLevel.None,
    };

    private static IsolationReport Describe(IsolationLevel level, SandboxReport report) => new(
        report.Available,
        NameOf(report.Limits),
        [
            .. report.Features.Select(feature => new HostFeature(feature.Name, feature.Present, feature.Required, feature.Detail, feature.Remedy)),
            new HostFeature("limits", report.Limits == LimitsMode.Cgroup, IsRequired: false, report.LimitsDetail, report.LimitsRemedy),
        ],
        new Isolation(level, SandboxPlace.MissingAt(report.Level)),
        report.Host);
}
