using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Backup;

namespace FlexCore.Infrastructure;

/// <content>Backups of a data directory and of its store.</content>
public sealed partial class InfrastructureModule
{
    private const string KeysFolder = "keys";

    /// <summary>Writes a backup while the project is used: the events, dead letters, secrets as they are encrypted, archived events and registered plugins; not the keys. The log in it is verified first.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="settings">Of the project.</param>
    /// <param name="withLogs">Whether what plugins have said goes along.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>How many events it has.</returns>
    /// <exception cref="FlexCoreException">The log is not what was appended, or something cannot be read.</exception>
    public async Task<long> BackUpAsync(Stream output, ProjectSettings settings, bool withLogs, CancellationToken cancellationToken)
    {
        using var copy = new DataCopy(Path.Combine(_dataDirectory, "backup"));
        try
        {
            var (isPostgres, schema) = (_settings.Kind == StoreKind.Postgres, await GetStoreStatusAsync(_dataDirectory, _settings, cancellationToken));
            copy.CopyCheckpoint(_dataDirectory);
            if (isPostgres) await PostgresDump.WriteAsync(_settings, Path.Combine(copy.Folder, PostgresDump.FileName), cancellationToken);
            else copy.CopyEvents(_dataDirectory);
            copy.CopyOthers(_dataDirectory, withLogs);
            var paths = copy.FindFiles();

            // A copy is verified itself; a dump is when it is restored, and here the database that it is of. What opening a copy leaves there does not go along.
            var events = isPostgres ? await VerifyAsync(this, cancellationToken) : await VerifyAsync(copy.Folder, settings, _time, cancellationToken);
            var files = new List<BackupEntry>();
            foreach (var path in paths) files.Add(await BackupFile.DescribeAsync(copy.Folder, path, cancellationToken));
            var manifest = new BackupManifest(BackupManifest.Known, _time.GetUtcNow(), isPostgres ? BackupManifest.Postgres : BackupManifest.Sqlite, isPostgres ? _settings.Schema : null, schema.Version, isPostgres ? schema.LastPosition : events, files);
            await BackupFile.WriteAsync(output, copy.Folder, manifest, cancellationToken);
            return manifest.Events;
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    /// <summary>Makes a data directory, and on PostgreSQL the schema, of a backup. Nothing is there that was not verified: neither stays when anything is wrong.</summary>
    /// <param name="input">The backup.</param>
    /// <param name="dataDirectory">A folder that is not there, is empty, or has the keys alone.</param>
    /// <param name="settings">Of the project: its store is empty.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>When it was made, and how many events it has.</returns>
    public static async Task<(DateTimeOffset At, long Events)> RestoreAsync(Stream input, string dataDirectory, ProjectSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Directory.Exists(dataDirectory) && Directory.EnumerateFileSystemEntries(dataDirectory).Any(entry => Path.GetFileName(entry) != KeysFolder))
            throw new FlexCoreException(new Error(ErrorCodes.AlreadyExists, $"there is something in {dataDirectory} already", SpecificRemedy: "Move it away, or choose another place with --data DIR."));
        using var copy = new DataCopy(dataDirectory + ".restored");
        try
        {
            var manifest = await BackupFile.ReadAsync(input, copy.Folder, cancellationToken);
            var isPostgres = settings.Store.Kind == StoreKind.Postgres;
            if ((manifest.Store == BackupManifest.Postgres) != isPostgres || (isPostgres && manifest.Schema != settings.Store.Schema))
                throw new FlexCoreException(new Error(ErrorCodes.BackupUnusable, $"it is of a store {manifest.Store}{(manifest.Schema is { } schema ? $", schema {schema}" : "")}, and the settings say otherwise", SpecificRemedy: "Set store.kind and store.schema as they were."));
            var events = isPostgres ? await RestorePostgresAsync(copy, settings, time, cancellationToken) : await VerifyAsync(copy.Folder, settings, time, cancellationToken);
            if (events < manifest.Events) throw new FlexCoreException(new Error(ErrorCodes.HistoryViolated, $"the log ends at {events}, and had {manifest.Events} events when the backup was made"));
            Place(copy, manifest, dataDirectory);
            return (manifest.At, events);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    private static async Task<long> RestorePostgresAsync(DataCopy copy, ProjectSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var before = await GetStoreStatusAsync(copy.Folder, settings.Store, cancellationToken);
        if (before.Version > 0) throw new FlexCoreException(new Error(ErrorCodes.AlreadyExists, $"there is an event store in {before.Place} already", SpecificRemedy: "Restore into a database without that schema."));
        var dump = Path.Combine(copy.Folder, PostgresDump.FileName);
        await PostgresDump.ReadAsync(settings.Store, dump, cancellationToken);
        File.Delete(dump);
        try
        {
            return await VerifyAsync(copy.Folder, settings, time, cancellationToken);
        }
        catch
        {
            await PostgresDump.RemoveAsync(settings.Store);
            throw;
        }
    }

    private static async Task<long> VerifyAsync(string folder, ProjectSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var module = await OpenAsync(folder, settings, time, cancellationToken);
        return await VerifyAsync(module, cancellationToken);
    }

    private static async Task<long> VerifyAsync(InfrastructureModule module, CancellationToken cancellationToken)
    {
        var found = await module.History.VerifyAsync(new HistoryEvidence([], []), sinceLast: false, progress: null, cancellationToken);
        return found.IsIntact ? found.LastPosition : throw new FlexCoreException(new Error(ErrorCodes.HistoryViolated, $"{found.ViolationCount} violations, the first: {found.Violations[0].Message}", SpecificRemedy: "`flexcore events verify` names all of them."));
    }

    private static void Place(DataCopy copy, BackupManifest manifest, string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory, DataDirectory.OwnerOnly);

        // The events come last: without them it is no data directory yet.
        foreach (var name in manifest.Files.Select(file => file.Path.Split(Path.DirectorySeparatorChar)[0]).Where(name => name != PostgresDump.FileName).Distinct(StringComparer.Ordinal).OrderBy(name => name == StoreFile))
            Directory.Move(Path.Combine(copy.Folder, name), Path.Combine(dataDirectory, name));
    }
}
