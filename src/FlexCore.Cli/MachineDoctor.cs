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
            // What is opened is migrated: a server, and a file of an earlier version, are only asked.
            var status = await InfrastructureModule.GetStoreStatusAsync(project.Data, store, cancellationToken);
            var found = store.Kind == StoreKind.Postgres ? $"PostgreSQL, {status.Place}" : status.IsOlder ? $"SQLite, {status.Place}" : await openFile(cancellationToken);
            var next = status.IsOlder ? $"; schema version {status.Version} of {status.Known}: the first command or node of this version migrates it ({string.Join(", ", status.Pending)}), so back it up before, with the version that it is of" : "";
            return new HostFeature("event store", IsPresent: true, IsRequired: true, found + next, null);
        }
        catch (FlexCoreException e)
        {
            return new HostFeature("event store", IsPresent: false, IsRequired: true, e.Error.Message, e.Error.Remedy);
        }
    }
}
