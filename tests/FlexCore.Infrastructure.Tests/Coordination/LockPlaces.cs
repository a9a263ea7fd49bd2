using FlexCore.Application.Ports;
using FlexCore.EventStore;
using FlexCore.Infrastructure.Coordination;
using FlexCore.Infrastructure.Observability;
using FlexCore.Testing;

[assembly: AssemblyFixture(typeof(FlexCore.Infrastructure.Tests.Coordination.RedisFixture))]

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>Lock files do what every lock does.</summary>
public sealed class FileRunLocksConformance : RunLocksConformance<FileLockPlace>;

/// <summary>Locks on PostgreSQL do what every lock does, from machine to machine.</summary>
public sealed class PostgresRunLocksConformance : LeasedRunLocksConformance<PostgresLockPlace>;

/// <summary>Locks on Redis do what every lock does, from machine to machine.</summary>
public sealed class RedisRunLocksConformance : LeasedRunLocksConformance<RedisLockPlace>;

/// <summary>The Redis server that the tests of this assembly share.</summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private static RedisServer? _server;

    public static string ConnectionString => _server!.ConnectionString;

    public async ValueTask InitializeAsync() => _server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}

/// <summary>Where one test has its locks.</summary>
public interface ILockPlace : IDisposable
{
    /// <summary>What another process needs to open them, too.</summary>
    /// <param name="machine">The data directory.</param>
    string[] AddressOf(string machine);
}

public sealed class FileLockPlace : ILockPlace
{
    private readonly DataFolder _folder = new();

    public string[] AddressOf(string machine) => ["file", Path.Combine(_folder.Path, machine)];

    public void Dispose() => _folder.Dispose();
}

public sealed class PostgresLockPlace : ILockPlace
{
    private static int _count;

    private readonly DataFolder _folder = new();
    private readonly string _schema = $"locks_{Interlocked.Increment(ref _count)}";

    public string[] AddressOf(string machine) => ["postgres", Path.Combine(_folder.Path, machine), PostgresFixture.ConnectionString, _schema];

    public void Dispose() => _folder.Dispose();
}

public sealed class RedisLockPlace : ILockPlace
{
    private readonly PostgresLockPlace _postgres = new();

    public string[] AddressOf(string machine) => AddressOf(machine, RedisFixture.ConnectionString);

    /// <param name="machine">The data directory.</param>
    /// <param name="redis">Another server than the shared one.</param>
    public string[] AddressOf(string machine, string redis) => ["redis", .. _postgres.AddressOf(machine)[1..], redis];

    public void Dispose() => _postgres.Dispose();
}

/// <summary>A process on some machine: its locks, what it says of runs, and the log and queue of the project.</summary>
internal sealed class LockMachine(IRunLocks locks, IRunProgress progress, QueueProcess process, BestEffortRedis? redis = null) : IAsyncDisposable
{
    /// <summary>How long a process that is not heard of keeps a lock.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    public IRunProgress Progress => progress;

    public QueueProcess Process => process;

    /// <summary>What was said of Redis.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Waits until Redis is used again.</summary>
    public async Task RestoredAsync()
    {
        while (await redis!.PublishAsync("test", Memory<byte>.Empty, TestContext.Current.CancellationToken) is null) await Task.Delay(50, TestContext.Current.CancellationToken);
    }

    public static async Task<LockMachine> OpenAsync(string[] address)
    {
        Directory.CreateDirectory(address[1]);
        var files = new FileRunLocks(Path.Combine(address[1], "locks"));
        if (address[0] == "file")
        {
            var store = await SqliteEventStore.OpenAsync(Path.Combine(address[1], "flexcore.db"), TimeProvider.System);
            return new LockMachine(files, new FileRunProgress(Path.Combine(address[1], "progress"), TimeProvider.System), new QueueProcess(store, new SqliteRunQueue(store, Path.Combine(address[1], "queue-signal"), Lease, TimeProvider.System)));
        }

        var server = await PostgresEventStore.OpenAsync(address[2], TimeProvider.System, address[3]);
        var tables = new PostgresTables(server);
        var locks = new PostgresRunLocks(tables, files, Lease, TimeProvider.System);
        var progress = new PostgresRunProgress(server, TimeProvider.System);
        if (address[0] == "postgres") return new LockMachine(locks, progress, new QueueProcess(server, new PostgresRunQueue(server, tables, Lease, TimeProvider.System), tables));
        var redis = new BestEffortRedis(address[4], locks.GetProjectAsync, TimeProvider.System);
        var process = new QueueProcess(server, new PostgresRunQueue(server, tables, Lease, TimeProvider.System, redis), tables);
        var machine = new LockMachine(new RedisRunLocks(redis, locks, files, Lease, TimeProvider.System), new RedisRunProgress(redis, progress), process, redis);
        redis.Warn = machine.Warnings.Add;
        return machine;
    }

    /// <summary>Takes a lock that is free.</summary>
    public async Task<IRunLock> AcquireAsync(string pipeline = "orders") => (await TryAcquireAsync(pipeline)).ShouldNotBeNull();

    public async Task<IRunLock?> TryAcquireAsync(string pipeline = "orders") => await locks.TryAcquireAsync(pipeline, CancellationToken.None);

    public async Task<RunLockStatus> LookAsync() => await locks.LookAsync("orders", CancellationToken.None);

    /// <summary>Appends something that is for whoever has the lock.</summary>
    public Task AppendAsync(IRunLock held) => process.ChangeAsync(Guid.CreateVersion7(), held.Fence);

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        if (redis is not null) await redis.DisposeAsync();
    }
}
