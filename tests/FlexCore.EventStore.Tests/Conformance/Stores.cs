using FlexCore.EventStore.Tests.Postgres;

namespace FlexCore.EventStore.Tests.Conformance;

/// <summary>SQLite does what every event store does.</summary>
public sealed class SqliteConformance : EventStoreConformance<SqlitePlace>;

/// <summary>PostgreSQL does what every event store does.</summary>
public sealed class PostgresConformance : EventStoreConformance<PostgresPlace>;

/// <summary>A subscription on SQLite does what every subscription does.</summary>
public sealed class SqliteSubscriptionConformance : SubscriptionConformance<SqlitePlace>;

/// <summary>A subscription on PostgreSQL does what every subscription does.</summary>
public sealed class PostgresSubscriptionConformance : SubscriptionConformance<PostgresPlace>;

/// <summary>A projection on SQLite does what every projection does.</summary>
public sealed class SqliteProjectionConformance : ProjectionConformance<SqlitePlace>;

/// <summary>A projection on PostgreSQL does what every projection does.</summary>
public sealed class PostgresProjectionConformance : ProjectionConformance<PostgresPlace>;

/// <summary>A store on SQLite shows what every store shows.</summary>
public sealed class SqliteWatchingConformance : WatchingConformance<SqlitePlace>;

/// <summary>A store on PostgreSQL shows what every store shows.</summary>
public sealed class PostgresWatchingConformance : WatchingConformance<PostgresPlace>;

/// <summary>A store on SQLite shows what every store shows.</summary>
public sealed class SqliteHistoryConformance : HistoryConformance<SqlitePlace>;

/// <summary>A store on PostgreSQL shows what every store shows.</summary>
public sealed class PostgresHistoryConformance : HistoryConformance<PostgresPlace>;

/// <summary>Where one test has its store.</summary>
public interface IStorePlace : IAsyncDisposable
{
    /// <summary>How another process finds it.</summary>
    string Address { get; }

    /// <summary>Opens it, as one of several.</summary>
    Task<IEventStore> OpenAsync(TimeProvider timeProvider);
}

public sealed class SqlitePlace : IStorePlace
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-events-").FullName;

    public string Address => Path.Combine(_folder, "events.db");

    public async Task<IEventStore> OpenAsync(TimeProvider timeProvider) => await SqliteEventStore.OpenAsync(Address, timeProvider);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

public sealed class PostgresPlace : IStorePlace
{
    private static int _count;

    private readonly string _schema = $"test_{Interlocked.Increment(ref _count)}";

    public string Address => $"{PostgresFixture.ConnectionString}|{_schema}";

    public async Task<IEventStore> OpenAsync(TimeProvider timeProvider) => await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, timeProvider, _schema);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
