using System.Text;
using FlexCore.EventStore.Sqlite;
using FlexCore.EventStore.Tests.History;
using FlexCore.EventStore.Tests.Postgres;
using Npgsql;
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

/// <summary>Personal data on SQLite are kept and erased as on every store.</summary>
public sealed class SqlitePersonalDataConformance : PersonalDataConformance<SqlitePlace>;

/// <summary>Personal data on PostgreSQL are kept and erased as on every store.</summary>
public sealed class PostgresPersonalDataConformance : PersonalDataConformance<PostgresPlace>;

/// <summary>A store on SQLite finds what was done to its file.</summary>
public sealed class SqliteVerificationConformance : VerificationConformance<SqlitePlace>;

/// <summary>A store on PostgreSQL finds what was done to its tables.</summary>
public sealed class PostgresVerificationConformance : VerificationConformance<PostgresPlace>;

/// <summary>What leaves an SQLite file is read and continued as on every store.</summary>
public sealed class SqliteArchiveConformance : ArchiveConformance<SqlitePlace>;

/// <summary>What leaves a PostgreSQL server is read and continued as on every store.</summary>
public sealed class PostgresArchiveConformance : ArchiveConformance<PostgresPlace>;

/// <summary>What leaves an SQLite file, in streams that tell when they were made, is read and continued as on every store.</summary>
public sealed class SqliteDatedArchiveConformance : DatedArchiveConformance<SqlitePlace>;

/// <summary>What leaves a PostgreSQL server, in streams that tell when they were made, is read and continued as on every store.</summary>
public sealed class PostgresDatedArchiveConformance : DatedArchiveConformance<PostgresPlace>;

/// <summary>Where one test has its store.</summary>
public interface IStorePlace : IAsyncDisposable
{
    /// <summary>How another process finds it.</summary>
    string Address { get; }

    /// <summary>Where what leaves it goes.</summary>
    string ArchiveFolder { get; }

    /// <summary>Opens it, as one of several.</summary>
    Task<IEventStore> OpenAsync(TimeProvider timeProvider);

    /// <summary>Whether bytes stand anywhere in what the store has written, its keys among it.</summary>
    Task<bool> HoldsAsync(byte[] bytes);

    /// <summary>The keys of subjects, wrapped, as they lie there.</summary>
    Task<IReadOnlyList<byte[]>> ReadKeysAsync();

    /// <summary>Does what somebody does who gets at the database.</summary>
    Task RunSqlAsync(string sql);

    /// <summary>How many rows a table has, or a part of it.</summary>
    /// <param name="table">The table, and behind it, if need be, <c>WHERE …</c>.</param>
    Task<long> CountAsync(string table);

    /// <summary>How a statement names a parameter, counted from 1.</summary>
    string Parameter(int number);

    string Literal(ReadOnlySpan<byte> value);

    string Literal(Guid value);

    string Literal(DateTimeOffset value);
}

public sealed class SqlitePlace : IStorePlace
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-events-").FullName;

    public string Address => Path.Combine(_folder, "events.db");

    public string ArchiveFolder => Path.Combine(_folder, "archive");

    public async Task<IEventStore> OpenAsync(TimeProvider timeProvider) => await SqliteEventStore.OpenAsync(Address, timeProvider, ArchiveFolder);

    public async Task<bool> HoldsAsync(byte[] bytes)
    {
        foreach (var file in Directory.GetFiles(_folder))
        {
            if ((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(bytes) >= 0) return true;
        }

        return false;
    }

    public Task<IReadOnlyList<byte[]>> ReadKeysAsync()
    {
        using var session = SqliteSession.Open(Address + "-keys", create: false);
        using var query = session.Query("SELECT wrapped FROM subject_keys WHERE wrapped IS NOT NULL");
        var keys = new List<byte[]>();
        while (query.Step()) keys.Add(query.Bytes(0).ToArray());
        return Task.FromResult<IReadOnlyList<byte[]>>(keys);
    }

    public Task RunSqlAsync(string sql) => RunSqlAsync(Address, sql);

    public static Task RunSqlAsync(string path, string sql)
    {
        using var session = SqliteSession.Open(path, create: false);
        session.ExecuteScript(sql);
        return Task.CompletedTask;
    }

    public Task<long> CountAsync(string table)
    {
        using var session = SqliteSession.Open(Address, create: false);
        using var query = session.Query($"SELECT count(*) FROM {table}");
        query.Step();
        return Task.FromResult(query.Number(0));
    }

    public string Parameter(int number) => $"?{number}";

    public string Literal(ReadOnlySpan<byte> value) => $"x'{Convert.ToHexString(value)}'";

    public string Literal(Guid value) => Literal(value.ToByteArray(bigEndian: true));

    public string Literal(DateTimeOffset value) => $"{SqliteTime.ToMicroseconds(value)}";

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

    public string ArchiveFolder { get; } = Path.Combine(Path.GetTempPath(), $"flexcore-archive-{Guid.NewGuid():N}");

    public async Task<IEventStore> OpenAsync(TimeProvider timeProvider) => await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, timeProvider, _schema, ArchiveFolder);

    public async Task<bool> HoldsAsync(byte[] bytes)
    {
        // As a dump has them: text as text, bytes in hexadecimal.
        string[] forms = [Encoding.Latin1.GetString(bytes), Convert.ToHexStringLower(bytes)];
        var tables = await ReadAsync($"SELECT table_name::text FROM information_schema.tables WHERE table_schema = '{_schema}' AND table_type = 'BASE TABLE'", row => row.GetString(0));
        tables.ShouldContain("subject_keys");
        foreach (var table in tables)
        {
            var rows = await ReadAsync($"SELECT t::text FROM {_schema}.\"{table}\" t", row => row.GetString(0));
            if (rows.Any(row => forms.Any(form => row.Contains(form, StringComparison.Ordinal)))) return true;
        }

        return false;
    }

    public async Task<IReadOnlyList<byte[]>> ReadKeysAsync() =>
        await ReadAsync($"SELECT wrapped FROM {_schema}.subject_keys WHERE wrapped IS NOT NULL", row => row.GetFieldValue<byte[]>(0));

    public async Task RunSqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(PostgresFixture.ConnectionString) { SearchPath = _schema, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> CountAsync(string table) => (await ReadAsync($"SELECT count(*) FROM {_schema}.{table}", row => row.GetInt64(0)))[0];

    public string Parameter(int number) => $"${number}";

    public string Literal(ReadOnlySpan<byte> value) => $"'\\x{Convert.ToHexString(value)}'::bytea";

    public string Literal(Guid value) => $"'{value}'::uuid";

    public string Literal(DateTimeOffset value) => $"'epoch'::timestamptz + {(value - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond} * interval '1 microsecond'";

    public ValueTask DisposeAsync()
    {
        if (Directory.Exists(ArchiveFolder)) Directory.Delete(ArchiveFolder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var database = NpgsqlDataSource.Create(PostgresFixture.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }
}
