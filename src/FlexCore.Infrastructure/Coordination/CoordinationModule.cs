using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Observability;

namespace FlexCore.Infrastructure.Coordination;

/// <summary>Composes what the processes of a project have to do with each other: the queue, the locks, and what is said of runs.</summary>
internal sealed class CoordinationModule : IAsyncDisposable
{
    /// <summary>How long a node that is not heard of keeps its runs.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    /// <summary>How long a process elsewhere that is not heard of keeps a pipeline. Nobody goes on with its run, so it may sit out a restart of the database.</summary>
    private static readonly TimeSpan LockLease = TimeSpan.FromSeconds(30);

    private readonly BestEffortRedis? _redis;

    private CoordinationModule(IStoredRunQueue queue, IRunLocks locks, IRunProgress progress, PostgresTables? tables = null, BestEffortRedis? redis = null) =>
        (Queue, Locks, Progress, Tables, _redis) = (queue, locks, progress, tables, redis);

    public IStoredRunQueue Queue { get; }

    public IRunLocks Locks { get; }

    public IRunProgress Progress { get; }

    /// <summary>What lies beside the log in PostgreSQL; null where the log is a file.</summary>
    public PostgresTables? Tables { get; }

    /// <summary>The Redis server; null where there is none.</summary>
    public BestEffortRedis? Redis => _redis;

    /// <param name="store">The log.</param>
    /// <param name="dataDirectory">Of this process.</param>
    /// <param name="settings">What is used.</param>
    /// <param name="time">The clock.</param>
    /// <param name="warn">Told of what goes on without something that should be there.</param>
    public static CoordinationModule Create(IEventStore store, string dataDirectory, CoordinationSettings settings, TimeProvider time, Action<string> warn)
    {
        var files = new FileRunLocks(Path.Combine(dataDirectory, "locks"));
        return settings.Kind switch
        {
            CoordinationKind.Redis => OnRedis(store, files, settings.Connection, time, warn),
            CoordinationKind.Postgres => OnPostgres(store, files, time),
            _ => OnFiles(store, files, dataDirectory, time),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Queue.DisposeAsync();
        Tables?.Dispose();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    // Each in a method of its own: what the other ones need is then never loaded.
    private static CoordinationModule OnFiles(IEventStore store, FileRunLocks files, string dataDirectory, TimeProvider time) => new(
        new SqliteRunQueue(store, Path.Combine(dataDirectory, "queue-signal"), Lease, time), files, new FileRunProgress(Path.Combine(dataDirectory, "progress"), time));

    private static CoordinationModule OnPostgres(IEventStore store, FileRunLocks files, TimeProvider time)
    {
        var tables = new PostgresTables(store);
        return new CoordinationModule(new PostgresRunQueue(store, tables, Lease, time), new PostgresRunLocks(tables, files, LockLease, time), new PostgresRunProgress(store, time), tables);
    }

    private static CoordinationModule OnRedis(IEventStore store, FileRunLocks files, string connection, TimeProvider time, Action<string> warn)
    {
        var tables = new PostgresTables(store);
        var locks = new PostgresRunLocks(tables, files, LockLease, time);
        var redis = new BestEffortRedis(connection, locks.GetProjectAsync, time) { Warn = warn };
        return new CoordinationModule(
            new PostgresRunQueue(store, tables, Lease, time, redis),
            new RedisRunLocks(redis, locks, files, LockLease, time),
            new RedisRunProgress(redis, new PostgresRunProgress(store, time)),
            tables,
            redis);
    }
}
