using System.CommandLine;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Cli.Output;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;
using FlexCore.Infrastructure;
using FlexCore.Plugins;

namespace FlexCore.Cli.Commands;

/// <summary><c>flexcore doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Find out what works on this machine, what to do about the rest, and which settings hold and why. Example: flexcore doctor") { CommandLine.Data, CommandLine.Environment, CommandLine.Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var project = ProjectLocation.OfCurrentFolder(parsed);
            await using var plugins = new PluginsModule(project.Data, project.AllData, project.Root, TimeProvider.System);
            var (settings, written) = project.ReadWritten();
            var levels = new List<IsolationReport>();
            foreach (var level in (IsolationLevel[])[IsolationLevel.Sandbox, IsolationLevel.Process, IsolationLevel.None]) levels.Add(await plugins.Isolation.TestAsync(level, cancellationToken));
            var diagnosis = new Diagnosis(levels, settings.Isolation.Lowest, await CheckStoreAsync(project, settings.Store, cancellationToken), settings.Coordination.Kind, await CheckRedisAsync(settings.Coordination, cancellationToken), [.. EffectiveSetting.Explain(PublishedSchemas.ReadSettings(), written)]);
            if (parsed.GetValue(CommandLine.Json)) JsonOutput.Print(diagnosis.Describe());
            else diagnosis.Print();
            return diagnosis.IsUsable ? 0 : ErrorCodes.IsolationUnavailable.ExitCode;
        });
        return command;
    }

    private static async Task<HostFeature?> CheckRedisAsync(CoordinationSettings coordination, CancellationToken cancellationToken)
    {
        if (coordination.Kind != CoordinationKind.Redis) return null;
        var (answers, name) = await InfrastructureModule.AskRedisAsync(coordination.Connection, TimeProvider.System, cancellationToken);
        return new HostFeature("redis", answers, IsRequired: false, answers ? $"Redis, {name}" : $"Redis ({name}) does not answer: PostgreSQL does its work", "Look whether it runs, and correct coordination.connection.");
    }

    private static Task<HostFeature> CheckStoreAsync(ProjectLocation project, StoreSettings store, CancellationToken cancellationToken) =>
        store.Kind == StoreKind.Sqlite ? CheckFileAsync(project, cancellationToken) : CheckServerAsync(project, store, cancellationToken);

    // Only asked: to open it would make its tables.
    private static async Task<HostFeature> CheckServerAsync(ProjectLocation project, StoreSettings store, CancellationToken cancellationToken)
    {
        try
        {
            var status = await InfrastructureModule.GetStoreStatusAsync(project.Data, store, cancellationToken);
            return new HostFeature("event store", IsPresent: true, IsRequired: true, $"PostgreSQL, {status.Place}", null);
        }
        catch (FlexCoreException e)
        {
            return new HostFeature("event store", IsPresent: false, IsRequired: true, e.Error.Message, e.Error.Remedy);
        }
    }

    // Opened in a folder of its own, so that looking leaves nothing behind; a data directory that exists is opened itself.
    private static async Task<HostFeature> CheckFileAsync(ProjectLocation project, CancellationToken cancellationToken)
    {
        var exists = Directory.Exists(project.Data);
        var folder = exists ? project.Data : Path.Combine(Path.GetTempPath(), $"flexcore-doctor-{Guid.CreateVersion7():n}");
        try
        {
            await using var infrastructure = await InfrastructureModule.OpenAsync(folder, ProjectSettings.Usual, TimeProvider.System, cancellationToken);
            await infrastructure.Log.ReadLogAsync(new EventQuery(0, Limit: 1), cancellationToken);
            return new HostFeature("event store", IsPresent: true, IsRequired: true, exists ? $"SQLite, in {folder}" : "SQLite works", null);
        }
        catch (FlexCoreException e)
        {
            return new HostFeature("event store", IsPresent: false, IsRequired: true, e.Error.Message, e.Error.Remedy);
        }
        finally
        {
            if (!exists && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }
}
