using FlexCore.EventStore;
using FlexCore.Infrastructure.Coordination;
using FlexCore.Testing;

[assembly: AssemblyFixture(typeof(FlexCore.Infrastructure.Tests.Coordination.PostgresFixture))]

namespace FlexCore.Infrastructure.Tests.Coordination;

/// <summary>A queue on SQLite does what every queue does.</summary>
public sealed class SqliteRunQueueConformance : RunQueueConformance<SqliteQueuePlace>;

/// <summary>A queue on PostgreSQL does what every queue does.</summary>
public sealed class PostgresRunQueueConformance : RunQueueConformance<PostgresQueuePlace>;

/// <summary>The server that the tests of this assembly share, each in a schema of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private static PostgresServer? _server;

    public static string ConnectionString => _server!.ConnectionString;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}

/// <summary>Where one test has its log and its queue.</summary>
public interface IQueuePlace : IDisposable
{
    /// <summary>Opens both, as one of several processes.</summary>
    internal Task<QueueProcess> OpenAsync(TimeSpan lease);
}

public sealed class SqliteQueuePlace : IQueuePlace
{
    private readonly DataFolder _folder = new();

    async Task<QueueProcess> IQueuePlace.OpenAsync(TimeSpan lease)
    {
        var store = await SqliteEventStore.OpenAsync(Path.Combine(_folder.Path, "flexcore.db"), TimeProvider.System);
        return new QueueProcess(store, new SqliteRunQueue(store, Path.Combine(_folder.Path, "queue-signal"), lease, TimeProvider.System));
    }

    public void Dispose() => _folder.Dispose();
}

public sealed class PostgresQueuePlace : IQueuePlace
{
    private static int _count;

    private readonly string _schema = $"queue_{Interlocked.Increment(ref _count)}";

    Task<QueueProcess> IQueuePlace.OpenAsync(TimeSpan lease) => OpenAsync(PostgresFixture.ConnectionString, _schema, lease);

    internal static async Task<QueueProcess> OpenAsync(string connectionString, string schema, TimeSpan lease)
    {
        var store = await PostgresEventStore.OpenAsync(connectionString, TimeProvider.System, schema);
        var tables = new PostgresTables(store);
        return new QueueProcess(store, new PostgresRunQueue(store, tables, lease, TimeProvider.System), tables);
    }

    public void Dispose()
    {
    }
}
