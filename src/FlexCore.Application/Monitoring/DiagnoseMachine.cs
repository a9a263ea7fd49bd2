using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Monitoring;

/// <summary>What works on the machine that is asked, and which settings hold there.</summary>
public sealed record DiagnoseMachine : IQuery<Diagnosis>
{
    /// <inheritdoc/>
    public Permission Permission => Permission.Administer;
}

/// <summary>What was found on a machine.</summary>
/// <param name="Levels">The levels of isolation, the best first.</param>
/// <param name="Lowest">The lowest one that is accepted.</param>
/// <param name="Store">The event store.</param>
/// <param name="Coordination">What keeps processes apart.</param>
/// <param name="Redis">The Redis server, where one is set.</param>
/// <param name="Settings">All settings, as they hold.</param>
public sealed record Diagnosis(IReadOnlyList<IsolationReport> Levels, IsolationLevel Lowest, HostFeature Store, CoordinationKind Coordination, HostFeature? Redis, IReadOnlyList<EffectiveSetting> Settings)
{
    /// <summary>Whether plugins can run there.</summary>
    public bool IsUsable => Used is not null && Store.IsPresent;

    /// <summary>At which level plugins run there; null when none is accepted that can be had.</summary>
    public IsolationReport? Used => Levels.FirstOrDefault(report => report.IsAvailable && IsAccepted(report));

    /// <summary>Each thing that was looked for, by its name: those of the best level; where that cannot be had, of the next one too.</summary>
    public IEnumerable<(string Name, HostFeature Feature)> Checks =>
    [
        .. from report in Levels
           where report.Isolation.Level == IsolationLevel.Sandbox || (!Levels[0].IsAvailable && report.Isolation.Level == IsolationLevel.Process)
           from feature in report.Features
           select (report.Isolation.IsDegraded ? $"{report.Isolation.Name}: {feature.Name}" : feature.Name, feature),
        (Store.Name, Store),
        .. Redis is null ? [] : new[] { (Redis.Name, Redis) },
    ];

    /// <summary>Whether plugins may run at that level there.</summary>
    public bool IsAccepted(IsolationReport report) => report.Isolation.Level >= Lowest;
}

/// <summary>Looks at the machine that is asked.</summary>
/// <param name="look">Looks; it tries what it says that works.</param>
public sealed class DiagnoseMachineHandler(Func<CancellationToken, Task<Diagnosis>> look) : IHandler<DiagnoseMachine, Diagnosis>
{
    /// <inheritdoc/>
    public async Task<Result<Diagnosis>> HandleAsync(DiagnoseMachine request, Caller caller, CancellationToken cancellationToken) => await look(cancellationToken);
}
