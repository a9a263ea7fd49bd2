using System.Data;
using System.Net;
using System.Net.Sockets;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.SqlServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.SqlServer.Tests;

/// <summary>Of a server that says nothing.</summary>
public sealed class SqlServerClientTests
{
    [Fact]
    public async Task Server_that_says_nothing_is_given_up_in_time_and_the_password_does_not_show()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = new SqlServerOptions { Connection = $"Server=127.0.0.1,{((IPEndPoint)silent.LocalEndpoint).Port};User ID=sa;Password=canary", Timeout = TimeSpan.FromSeconds(0.5) };
        await using var client = new SqlServerClient("sqlserver", options, NullLoggerFactory.Instance, TimeProvider.System);

        var failure = await Should.ThrowAsync<FlexCoreException>(async () =>
            await client.InTransactionAsync((transaction, token) => transaction.ExecuteAsync(new SqlStatement("SELECT 1"), token), IsolationLevel.Serializable, TestContext.Current.CancellationToken));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);
        failure.ToString().ShouldNotContain("canary");
    }
}

/// <summary>Against a SQL Server that <c>FLEXCORE_TEST_SQLSERVER</c> names.</summary>
public sealed class SqlServerDatabaseTests : IAsyncLifetime
{
    private readonly string _table = $"flexcore_{Guid.NewGuid():N}";
    private SqlServerClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(RealServer.Absence is not null, RealServer.Absence ?? "");
        _client = new SqlServerClient("sqlserver", new SqlServerOptions { Connection = RealServer.Connection! }, NullLoggerFactory.Instance, TimeProvider.System);
        await _client.ExecuteAsync(new SqlStatement($"CREATE TABLE {_table} (id bigint PRIMARY KEY, name nvarchar(100), paid decimal(10, 2))"), Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is null) return;
        await _client.ExecuteAsync(new SqlStatement($"DROP TABLE {_table}"), CancellationToken.None);
        await _client.DisposeAsync();
    }

    [Fact]
    public async Task Rows_are_written_and_read_with_values_as_parameters()
    {
        const string Hostile = "Robert'); DROP TABLE students;--";

        (await _client.ExecuteAsync(new SqlStatement($"INSERT INTO {_table} (id, name) VALUES (@p1, @p2), (@p3, @p4)", 1, Hostile, 2, null), Token)).ShouldBe(2);

        (await _client.QueryAsync(new SqlStatement($"SELECT id, name FROM {_table} ORDER BY id"), row => (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1)), Token)).ShouldBe([(1, Hostile), (2, null)]);
        (await _client.ScalarAsync<string>(new SqlStatement($"SELECT name FROM {_table} WHERE name = @p1", Hostile), Token)).ShouldBe(Hostile);
        (await _client.ScalarAsync<string>(new SqlStatement($"SELECT name FROM {_table} WHERE id = 2"), Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Rows_in_bulk_are_written_all_or_none()
    {
        var rows = Enumerable.Range(1, 12_000).Select(id => (IReadOnlyList<object?>)[id, id % 2 == 0 ? null : $"name {id}", 1.25m]);

        (await _client.ImportAsync($"dbo.{_table}", ["id", "name", "paid"], rows.ToAsyncEnumerable(), Token)).ShouldBe(12_000);
        IReadOnlyList<object?>[] again = [[12_001], [1]];
        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.ImportAsync(_table, ["id"], again.ToAsyncEnumerable(), Token))).Error.Code.ShouldBe(ErrorCodes.SystemConflict);

        (await CountAsync()).ShouldBe(12_000);
    }

    [Fact]
    public async Task Transaction_whose_work_fails_leaves_nothing_and_one_that_ends_well_leaves_all()
    {
        await Should.ThrowAsync<InvalidDataException>(async () => await _client.InTransactionAsync<int>(
            async (transaction, token) =>
            {
                await transaction.ExecuteAsync(Insert(1), token);
                throw new InvalidDataException();
            },
            IsolationLevel.ReadCommitted,
            Token));
        (await CountAsync()).ShouldBe(0);

        await _client.InTransactionAsync((transaction, token) => transaction.ExecuteAsync(Insert(1), token), IsolationLevel.Serializable, Token);
        (await CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Question_that_takes_too_long_is_given_up()
    {
        await using var client = new SqlServerClient("sqlserver", new SqlServerOptions { Connection = RealServer.Connection!, Timeout = TimeSpan.FromSeconds(2) }, NullLoggerFactory.Instance, TimeProvider.System);

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.ExecuteAsync(new SqlStatement("WAITFOR DELAY '00:10:00'"), Token))).Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);
    }

    private SqlStatement Insert(int id) => new($"INSERT INTO {_table} (id) VALUES (@p1)", id);

    private ValueTask<int> CountAsync() => _client.ScalarAsync<int>(new SqlStatement($"SELECT COUNT(*) FROM {_table}"), Token);
}
