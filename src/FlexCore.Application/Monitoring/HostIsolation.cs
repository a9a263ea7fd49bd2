using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Monitoring;

/// <summary>Holds plugins to level <c>sandbox</c>, or to what the operator accepts instead: what this machine cannot give is refused, and that is on record.</summary>
/// <param name="isolation">What the machine can do.</param>
/// <param name="log">Where that is recorded.</param>
/// <param name="lowest">The lowest level that its configuration accepts.</param>
public sealed class HostIsolation(IIsolation isolation, IEventLog log, Func<IsolationLevel> lowest)
{
    /// <summary>The best level that the pipeline's plugins can have here, or why they cannot be started.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="allowsUnconfined">Whether the operator accepts every level for this one run.</param>
    /// <param name="cancellationToken">Stops the self-test.</param>
    public async Task<Result<Isolation>> RequireAsync(PipelineDefinition pipeline, bool allowsUnconfined, CancellationToken cancellationToken)
    {
        var uses = pipeline.Steps.SelectMany(step => step.Plugins).Where(use => use.Manifest.Remote is null).Select(use => (use.Manifest.Name, use.Grant.Net.Count > 0)).ToList();
        return uses.Count == 0 ? Isolation.Full : await RequireAsync(uses, pipeline.Name, allowsUnconfined, cancellationToken);
    }

    /// <summary>The best level that the install of a plugin can have here, or why it cannot be run.</summary>
    public Task<Result<Isolation>> RequireForInstallAsync(PluginManifest plugin, CancellationToken cancellationToken) =>
        RequireAsync([(plugin.Name, plugin.Install is { Net.Count: > 0 })], pipeline: null, allowsUnconfined: false, cancellationToken);

    private async Task<Result<Isolation>> RequireAsync(List<(string Plugin, bool HasNetwork)> uses, string? pipeline, bool allowsUnconfined, CancellationToken cancellationToken)
    {
        var before = await log.ReadLastAsync(EventStreams.Node(Environment.MachineName), cancellationToken) is { Event: IsolationProbed probed } ? probed : null;
        List<IsolationReport> reports = [await LookAsync(IsolationLevel.Sandbox, before, cancellationToken)];
        if (!reports[0].IsAvailable)
        {
            reports.Add(await LookAsync(IsolationLevel.Process, before, cancellationToken));
            if (allowsUnconfined) reports.Add(await LookAsync(IsolationLevel.None, before, cancellationToken));
        }

        var context = EventContext.New(Guid.CreateVersion7());
        await RecordAsync(reports, before, context, cancellationToken);
        var accepted = allowsUnconfined ? IsolationLevel.None : lowest();
        return reports.Find(report => report.IsAvailable && report.Isolation.Level >= accepted && CanBeGiven(report.Isolation.Level, uses)) is { } best
            ? best.Isolation
            : await RefuseAsync(pipeline, uses, reports, context, cancellationToken);
    }

    /// <summary>The first time on a host the whole self-test; then a look at what it has found.</summary>
    private async Task<IsolationReport> LookAsync(IsolationLevel level, IsolationProbed? before, CancellationToken cancellationToken)
    {
        var report = await isolation.ProbeAsync(level, cancellationToken);
        return report.IsAvailable && (before?.Host != report.Host || before.Level != report.Isolation.Name) ? await isolation.TestAsync(level, cancellationToken) : report;
    }

    /// <summary>Hosts can be granted only where there is a network namespace, or no isolation at all.</summary>
    private static bool CanBeGiven(IsolationLevel level, IReadOnlyList<(string Plugin, bool HasNetwork)> uses) => level != IsolationLevel.Process || !uses.Any(use => use.HasNetwork);

    private async Task<Error> RefuseAsync(string? pipeline, List<(string Plugin, bool HasNetwork)> uses, List<IsolationReport> reports, EventContext context, CancellationToken cancellationToken)
    {
        var (blockers, process) = (Blockers(reports[0]), reports[1]);
        foreach (var plugin in pipeline is null ? [] : uses.Select(use => use.Plugin).Distinct())
        {
            var refused = new PluginRefused(plugin, pipeline!, [.. blockers.Select(feature => feature.Name)]);
            await log.AppendAsync(EventStreams.Plugin(plugin), expectedVersion: null, [refused], context, cancellationToken);
        }

        var (message, remedy) = ($"plugins cannot be isolated on this machine: {Describe(blockers)}", blockers.Find(feature => feature.Remedy is not null)?.Remedy);
        if (process.IsAvailable && lowest() == IsolationLevel.Sandbox) remedy += "\nIf you accept less: with `isolation: { accept: [process] }` in flexcore.yaml plugins run at level process here.";
        else if (process.IsAvailable) message = $"{uses.Find(use => use.HasNetwork).Plugin} was granted network, which a plugin can have in a sandbox only; {message}";
        else if (lowest() < IsolationLevel.Sandbox) message += $"; nor at level process: {Describe(Blockers(process))}";
        return new Error(ErrorCodes.IsolationUnavailable, message, SpecificRemedy: remedy);
    }

    private static List<HostFeature> Blockers(IsolationReport report) => [.. report.Features.Where(feature => feature is { IsPresent: false, IsRequired: true })];

    private static string Describe(IEnumerable<HostFeature> missing) => string.Join("; ", missing.Select(feature => $"{feature.Name}: {feature.Detail}"));

    /// <summary>Puts on record what the machine offers at best, when it is new.</summary>
    private async Task RecordAsync(List<IsolationReport> reports, IsolationProbed? before, EventContext context, CancellationToken cancellationToken)
    {
        var best = reports.Find(report => report.IsAvailable);
        var missing = reports[0].Features.Where(feature => !feature.IsPresent).Select(feature => feature.Name).ToList();
        var probed = new IsolationProbed(best?.Isolation.Name ?? "none", reports[0].Limits, missing, reports[0].Host);
        if (before is not null && before.Level == probed.Level && before.Limits == probed.Limits && before.Host == probed.Host && before.Missing.SequenceEqual(probed.Missing)) return;
        await log.AppendAsync(EventStreams.Node(Environment.MachineName), expectedVersion: null, [probed], context, cancellationToken);
    }
}
