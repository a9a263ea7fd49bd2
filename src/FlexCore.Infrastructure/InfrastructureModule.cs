using FlexCore.Application.Monitoring;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Artifacts;
using FlexCore.Infrastructure.Catalog;
using FlexCore.Infrastructure.Coordination;
using FlexCore.Infrastructure.DeadLetters;
using FlexCore.Infrastructure.Erasure;
using FlexCore.Infrastructure.Events;
using FlexCore.Infrastructure.Files;
using FlexCore.Infrastructure.Health;
using FlexCore.Infrastructure.Integrity;
using FlexCore.Infrastructure.Notifications;
using FlexCore.Infrastructure.Observability;
using FlexCore.Infrastructure.Observability.Measured;
using FlexCore.Infrastructure.ReadModels;
using FlexCore.Infrastructure.Remote;
using FlexCore.Infrastructure.Retention;
using FlexCore.Infrastructure.Scheduling;
using FlexCore.Infrastructure.Secrets;
using FlexCore.Infrastructure.StepSystems;
using FlexCore.Infrastructure.Workers;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure;

/// <summary>Composes what this project gives: a data directory with the event log, the locks and the logs in it.</summary>
public sealed partial class InfrastructureModule : IAsyncDisposable
{
    private const string StoreFile = "flexcore.db";

    private readonly IEventStore _store;
    private readonly CoordinationModule _coordination;
    private readonly CatalogModule _catalog;
    private readonly EventLog _log;
    private readonly LogIntegrity _integrity;
    private readonly LogVerification _verification;
    private readonly LogArchiving _archiving;
    private readonly StoreSettings _settings;
    private readonly TimeProvider _time;
    private readonly RemotePlugins _remotePlugins;
    private readonly string _dataDirectory;

    // Most commands have nothing to do with files.
    private readonly Lazy<IFileStore> _files;

    private InfrastructureModule(string dataDirectory, IEventStore store, ProjectSettings settings, TimeProvider time)
    {
        _dataDirectory = dataDirectory;
        Secrets = OpenSecrets(dataDirectory, settings.Secrets, time);
        _store = store;
        _coordination = CoordinationModule.Create(store, dataDirectory, settings.Coordination, time, message => Warn(message));
        (_settings, _time) = (settings.Store, time);
        _remotePlugins = new RemotePlugins(time);
        ReadModels = new MeasuredReadModels(new ReadModelQueries(store));
        Queue = new MeasuredRunQueue(_coordination.Queue);
        Locks = new MeasuredRunLocks(_coordination.Locks);
        Remote = new MeasuredRemotePlugins(_remotePlugins);
        HttpServices = new MeasuredHttpServices(new HttpServicesOfSteps(time));
        Databases = new MeasuredSqlDatabases(new SqlDatabasesOfSteps(time));
        _log = new EventLog(store, _coordination.Queue, Environment.UserName, Environment.MachineName);
        _catalog = CatalogModule.Create(dataDirectory, Path.Combine(dataDirectory, StoreFile), settings, _log, time);
        Log = new MeasuredEventLog(_log);
        Catalog = new MeasuredCatalog(_catalog.Catalog);
        _integrity = new LogIntegrity(store, _log, dataDirectory, settings.Store.Checkpoints, Secrets);
        _verification = new LogVerification(store, _log, dataDirectory);
        _archiving = new LogArchiving(store, _log, _integrity);
        Subjects = new MeasuredSubjects(new Subjects(store, _log, new MasterKeyFile(Path.Combine(dataDirectory, "keys", "master.key"), settings.Store.MasterKey), Environment.UserName, Environment.MachineName));
        DeadLetters = new MeasuredDeadLetters(_coordination.Tables is { } tables ? new PostgresDeadLetters(tables) : new SqliteDeadLetters(Path.Combine(dataDirectory, "deadletters.db")));
        var logs = Path.Combine(dataDirectory, "logs");
        _files = new Lazy<IFileStore>(() => OpenFiles(dataDirectory, settings.Files, time));
        Artifacts = new MeasuredArtifacts(new StoredArtifacts(_files));
        Logs = settings.Files.Kind == FilesKind.Local ? new FileRunLogs(logs) : new StoredRunLogs(logs, _files, message => Warn(message));
        Past = new Past(_log, _archiving, logs, _files);
    }

    /// <summary>Told of what goes on without something that should be there.</summary>
    public Action<string> Warn { get; set; } = _ => { };

    /// <summary>The event log.</summary>
    public IEventLog Log { get; }

    /// <summary>The runs that wait for a node. Its tables are made, and the database is connected to, when it is first used.</summary>
    public IRunQueue Queue { get; }

    /// <summary>What is said of runs while they are under way.</summary>
    public IRunProgress Progress => _coordination.Progress;

    /// <summary>Makes what rings when something is due, for this process: to be disposed before this object.</summary>
    public IAlarms CreateAlarms() => _settings.Kind == StoreKind.Postgres ? QuartzAlarms.Clustered(_settings.Connection, _settings.Schema, _time) : QuartzAlarms.InMemory(_time);

    /// <summary>Workers that are processes of this machine.</summary>
    /// <param name="command">What starts a node, without its name, slots and labels.</param>
    /// <param name="project">The folder that it is started in.</param>
    /// <param name="patience">How long one may take to end.</param>
    public IWorkerProvider CreateLocalWorkers(IReadOnlyList<string> command, string project, TimeSpan patience) =>
        new MeasuredWorkerProvider(new LocalWorkers(command, project, _dataDirectory, patience, _time));

    /// <summary>Folders of this machine.</summary>
    public static IFolders Folders { get; } = new Folders();

    /// <summary>Hands on what is appended.</summary>
    public ILogSubscriptions Subscriptions => new LogSubscriptions(_store);

    /// <summary>The secrets of the project.</summary>
    public ISecrets Secrets { get; }

    /// <summary>What the project keeps beside its pipelines.</summary>
    public ICatalog Catalog { get; }

    /// <summary>Plugins of other services.</summary>
    public IRemotePlugins Remote { get; }

    /// <summary>Services that steps ask.</summary>
    public IHttpServices HttpServices { get; }

    /// <summary>Databases that steps work on.</summary>
    public ISqlDatabases Databases { get; }

    /// <summary>Those whom personal data in the log are about.</summary>
    public ISubjects Subjects { get; }

    /// <summary>Views of the log.</summary>
    public IReadModels ReadModels { get; }

    /// <summary>The locks that keep a pipeline from running twice at once.</summary>
    public IRunLocks Locks { get; }

    /// <summary>What plugins have said.</summary>
    public IRunLogs Logs { get; }

    /// <summary>The files that steps have left.</summary>
    public IArtifacts Artifacts { get; }

    /// <summary>What can leave.</summary>
    public IPast Past { get; }

    /// <summary>The records that could not be processed.</summary>
    public IDeadLetters DeadLetters { get; }

    /// <summary>Looks at what a node needs: at what is given, and at what of this can be away.</summary>
    /// <param name="probes">What there is beside this.</param>
    /// <param name="logs">Told when something goes and when it is back.</param>
    public Func<CancellationToken, Task<IReadOnlyList<ProbeFinding>>> CreateHealth(IReadOnlyList<HealthProbe> probes, ILoggerFactory logs)
    {
        HealthProbe[] all = [.. probes, .. CreateProbes()];
        var registry = new HealthRegistry(
            all.Select(probe => new HealthCheck(probe.Name, async token => await probe.LookAsync(token)) { Tags = probe.IsNeeded ? HealthTags.Ready : HealthTags.Ready | HealthTags.Optional, KeptFor = probe.KeptFor }),
            logs.CreateLogger<HealthRegistry>(),
            TimeProvider.System);
        return async token => [.. all.Zip((await registry.CheckAsync(token)).Checks, (probe, found) => new ProbeFinding(probe, TimeSpan.FromMilliseconds(found.DurationMs), found.Detail, found.Error))];
    }

    // Redis, without which PostgreSQL does its work, and room on the disk.
    private IEnumerable<HealthProbe> CreateProbes()
    {
        yield return new HealthProbe("disk", IsNeeded: false, _ => ValueTask.FromResult(DataDirectory.CheckRoom(_dataDirectory)));
        if (_published is { } published) yield return new HealthProbe("bus", IsNeeded: false, async token => await published.DescribeAsync(token));
        if (_coordination.Redis is { } redis)
            yield return new HealthProbe("redis", IsNeeded: false, async token => await redis.PublishAsync("health", default, token) is not null ? redis.Name : throw new FlexCoreException(new Error(ErrorCodes.StoreUnavailable, $"Redis ({redis.Name}) does not answer: PostgreSQL does its work")));
    }

    /// <summary>Opens a data directory and its event store, making or migrating them where needed.</summary>
    public static async Task<InfrastructureModule> OpenAsync(string dataDirectory, ProjectSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        MakeDirectory(dataDirectory);
        var archive = settings.Store.ArchiveFolder ?? Path.Combine(dataDirectory, "archive");
        var store = await EventLog.Translate(() => settings.Store.Kind == StoreKind.Postgres
            ? OpenPostgresAsync(settings.Store, archive, time, cancellationToken)
            : OpenSqliteAsync(dataDirectory, archive, time, cancellationToken));
        return new InfrastructureModule(dataDirectory, store, settings, time);
    }

    /// <summary>The secrets of a project, without opening its event store. Nothing is made by looking.</summary>
    public static ISecrets OpenSecrets(string dataDirectory, SecretSettings settings, TimeProvider time) => settings.Kind switch
    {
        SecretKind.Env => new MeasuredSecrets(new EnvironmentSecrets()),
        SecretKind.File => new MeasuredSecrets(new FileSecrets(settings.Folder)),
        SecretKind.Vault => new MeasuredSecrets(OutsideSecrets.InVault(settings.Outside!, time)),
        SecretKind.KeyVault => new MeasuredSecrets(OutsideSecrets.InKeyVault(settings.Outside!, time)),
        _ => new MeasuredSecretStore(new LocalSecrets(dataDirectory, time)),
    };

    /// <summary>Sends notifications.</summary>
    /// <param name="secrets">Of the project; looked up when a message is sent.</param>
    /// <param name="time">The clock.</param>
    public static INotificationSender CreateNotificationSender(ISecrets secrets, TimeProvider time) => new MeasuredNotificationSender(new NotificationSender(secrets, time));

    /// <summary>Begins the log of a process that serves. Whoever disposes it waits until it is written.</summary>
    /// <param name="settings">Where it goes.</param>
    /// <param name="level">From where on something is loud enough, as of now.</param>
    /// <param name="instance">What the process is called, among others.</param>
    public static ILoggerFactory OpenProcessLog(ProjectSettings settings, Func<LogSeverity> level, string instance) =>
        ProcessLog.Open(settings.Log, level, settings.Telemetry is { } telemetry ? new OtlpCollector(telemetry, instance) : null);

    /// <summary>Begins to send the traces of this process; null where they go nowhere. Whoever disposes it waits until they are sent, for seconds at most.</summary>
    /// <param name="settings">Where they go.</param>
    /// <param name="instance">What the process is called, among others.</param>
    public static IDisposable? SendTraces(TelemetrySettings? settings, string instance) => settings is null ? null : Traces.Send(settings, new OtlpCollector(settings, instance));

    /// <summary>Begins to warn of what takes too long inside this process.</summary>
    /// <param name="slow">What is too long.</param>
    /// <param name="log">Told of it.</param>
    public static IDisposable WatchSlowOperations(TimeSpan slow, ILogger log) => new SlowOperations(slow, log);

    /// <summary>Asks a Redis server whether it is there.</summary>
    /// <returns>Whether it is, and its name for people.</returns>
    public static async Task<(bool Answers, string Name)> AskRedisAsync(string connection, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var redis = new BestEffortRedis(connection, _ => new(Guid.Empty), time);
        return (await redis.PublishAsync("doctor", default, cancellationToken) is not null, redis.Name);
    }

    /// <summary>Says where the event store and its schema stand, and changes nothing.</summary>
    public static ValueTask<SchemaStatus> GetStoreStatusAsync(string dataDirectory, StoreSettings settings, CancellationToken cancellationToken) =>
        EventLog.Translate(() => settings.Kind == StoreKind.Postgres
            ? PostgresEventStore.GetSchemaStatusAsync(settings.Connection, settings.Schema, cancellationToken)
            : new(SqliteEventStore.GetSchemaStatus(Path.Combine(dataDirectory, StoreFile))));

    /// <summary>Brings the schema of the event store to the version that this program knows.</summary>
    /// <returns>What was applied, by name.</returns>
    public static async ValueTask<IReadOnlyList<string>> MigrateStoreAsync(string dataDirectory, StoreSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Kind == StoreKind.Postgres) return await EventLog.Translate(() => PostgresEventStore.MigrateAsync(settings.Connection, settings.Schema, cancellationToken));
        MakeDirectory(dataDirectory);
        return await EventLog.Translate(() => SqliteEventStore.MigrateAsync(MakeStoreFile(dataDirectory), cancellationToken));
    }

    /// <summary>Takes over the log of another store from JSON Lines.</summary>
    /// <returns>How many events were new.</returns>
    public async ValueTask<long> ImportEventsAsync(Stream file, CancellationToken cancellationToken)
    {
        var count = await EventLog.Translate(() => _store.ImportAsync(LogFile.ReadAsync(file, cancellationToken), cancellationToken));

        // Not signed, which would append an event that the other log does not have: it may go on being imported.
        await _integrity.SealAsync(cancellationToken);
        return count;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _remotePlugins.DisposeAsync();
        if (Secrets is IAsyncDisposable outside) await outside.DisposeAsync();
        _verification.Dispose();
        await _integrity.DisposeAsync();
        if (Logs is IDisposable sent) sent.Dispose();
        if (_files.IsValueCreated) await _files.Value.DisposeAsync();
        await _catalog.DisposeAsync();
        await _coordination.DisposeAsync();
        await _store.DisposeAsync();
    }

    // Each in a method of its own: what the other one needs is then never loaded.
    private static async ValueTask<IEventStore> OpenPostgresAsync(StoreSettings settings, string archive, TimeProvider time, CancellationToken cancellationToken) =>
        await PostgresEventStore.OpenAsync(settings.Connection, time, settings.Schema, archive, cancellationToken);

    private static async ValueTask<IEventStore> OpenSqliteAsync(string dataDirectory, string archive, TimeProvider time, CancellationToken cancellationToken) =>
        await SqliteEventStore.OpenAsync(MakeStoreFile(dataDirectory), time, archive, cancellationToken);

    private static void MakeDirectory(string dataDirectory)
    {
        try
        {
            if (!Directory.Exists(dataDirectory)) Directory.CreateDirectory(dataDirectory, DataDirectory.OwnerOnly);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }

    // In a folder that was there before, others may look around; what they would find is closed to them. SQLite gives
    // the files beside this one its mode.
    private static string MakeStoreFile(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, StoreFile);
        try
        {
            SqliteFile.EnsureExists(path, DataDirectory.OwnerReadsAndWrites);
            return path;
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }
}
