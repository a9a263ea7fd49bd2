using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Infrastructure;
using FlexCore.Plugins;

namespace FlexCore.Cli;

/// <summary>Finds out what works on this machine, by trying it.</summary>
/// <param name="project">Whose settings and data.</param>
/// <param name="plugins">Confines plugins.</param>
/// <param name="openFile">Reads the file of the event store, where it is one; what it is, for people.</param>
internal sealed class MachineDoctor(ProjectLocation project, PluginsModule plugins, Func<CancellationToken, Task<string>> openFile)
{
    private static readonly IReadOnlyList<IsolationLevel> BestFirst = [IsolationLevel.Sandbox, IsolationLevel.Process, IsolationLevel.None];

    /// <summary>Looks.</summary>
    /// <exception cref="FlexCoreException">The settings are wrong.</exception>
    public async Task<Diagnosis> LookAsync(CancellationToken cancellationToken)
    {
        var (settings, written) = project.ReadWritten();
        var levels = new List<IsolationReport>();
        foreach (var level in BestFirst) levels.Add(await plugins.Isolation.TestAsync(level, cancellationToken));
        return new Diagnosis(
            levels, settings.Isolation.Lowest, await CheckStoreAsync(settings.Store, cancellationToken), settings.Coordination.Kind, await CheckRedisAsync(settings.Coordination, cancellationToken),
            [.. EffectiveSetting.Explain(PublishedSchemas.ReadSettings(), written)]);
    }

    private static async Task<HostFeature?> CheckRedisAsync(CoordinationSettings coordination, CancellationToken cancellationToken)
    {
        if (coordination.Kind != CoordinationKind.Redis) return null;
        var (answers, name) = await InfrastructureModule.AskRedisAsync(coordination.Connection, TimeProvider.System, cancellationToken);
        return new HostFeature("redis", answers, IsRequired: false, answers ? $"Redis, {name}" : $"Redis ({name}) does not answer: PostgreSQL does its work", "Look whether it runs, and correct coordination.connection.");
    }

    private async Task<HostFeature> CheckStoreAsync(StoreSettings store, CancellationToken cancellationToken)
    {
        try
        {
            // A server is only asked: to open it would make its tables.
            var found = store.Kind == StoreKind.Sqlite ? await openFile(cancellationToken) : $"PostgreSQL, {(await InfrastructureModule.GetStoreStatusAsync(project.Data, store, cancellationToken)).Place}";
            return new HostFeature("event store", IsPresent: true, IsRequired: true, found, null);
        }
        catch (FlexCoreException e)
        {
            return new HostFeature("event store", IsPresent: false, IsRequired: true, e.Error.Message, e.Error.Remedy);
        }
    }
}
