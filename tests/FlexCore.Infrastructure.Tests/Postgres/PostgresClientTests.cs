using System.Collections.Concurrent;
using System.Data;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Testing;
using Npgsql;
using NpgsqlTypes;

namespace FlexCore.Infrastructure.Tests.Postgres;

public sealed class PostgresClientTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _table = $"t{Guid.NewGuid():N}";
    private readonly PostgresClient _client = SharedPostgres.Connect(postgres.Server.ConnectionString);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _client.ExecuteAsync(new SqlStatement($"CREATE TABLE {_table} (id bigint PRIMARY KEY, name text, paid numeric(10,2), at timestamptz, about jsonb)"), Token);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    [Fact]
    public async Task Rows_are_written_and_read_with_values_as_parameters()
    {
        const string Hostile = "Robert'); DROP TABLE students;--";

        (await _client.ExecuteAsync(new SqlStatement($"INSERT INTO {_table} (id, name, about) VALUES ($1, $2, $3), ($4, $5, NULL)", 1, Hostile, new NpgsqlParameter { Value = """{"a": 1}""", NpgsqlDbType = NpgsqlDbType.Jsonb }, 2L, null), Token)).ShouldBe(2);

        var rows = await _client.QueryAsync(new SqlStatement($"SELECT id, name, about FROM {_table} ORDER BY id"), row => (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2)), Token);
        rows.ShouldBe([(1, Hostile, """{"a": 1}"""), (2, null, null)]);
        (await _client.ScalarAsync<string>(new SqlStatement($"SELECT name FROM {_table} WHERE name = $1", Hostile), Token)).ShouldBe(Hostile);
        (await _client.ScalarAsync<string>(new SqlStatement($"SELECT name FROM {_table} WHERE id = $1", 2), Token)).ShouldBeNull();
        (await _client.ScalarAsync<long?>(new SqlStatement($"SELECT id FROM {_table} WHERE id = $1", 3), Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Rows_of_a_stream_come_in_order_and_whoever_has_enough_of_them_can_stop()
    {
        var all = 0;
        await foreach (var row in _client.StreamAsync(new SqlStatement("SELECT generate_series(1, $1)", 100_000), row => row.GetInt32(0), Token)) row.ShouldBe(++all);
        all.ShouldBe(100_000);

        // Ten rows of so many that all of them would take hours.
        await using var one = SharedPostgres.Connect(postgres.Server.ConnectionString + ";Maximum Pool Size=1");
        await foreach (var row in one.StreamAsync(new SqlStatement("SELECT generate_series(1, 1000000000000)"), row => row.GetInt64(0), Token))
        {
            if (row == 10) break;
        }

        (await one.ScalarAsync<int>(new SqlStatement("SELECT 42"), Token)).ShouldBe(42);
    }

    [Fact]
    public async Task Failure_in_the_middle_of_a_stream_is_told_by_its_code()
    {
        var seen = 0;

        var failure = await Should.ThrowAsync<FlexCoreException>(async () =>
        {
            await foreach (var _ in _client.StreamAsync(new SqlStatement("SELECT 1 / (1000 - n) FROM generate_series(1, 2000) AS n"), row => row.GetInt32(0), Token)) seen++;
        });

        failure.Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);
        seen.ShouldBeInRange(1, 999);
    }

    [Fact]
    public async Task Batch_does_all_or_nothing()
    {
        (await _client.BatchAsync([Insert(1), Insert(2)], Token)).ShouldBe(2);

        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.BatchAsync([Insert(3), Insert(1)], Token))).Error.Code.ShouldBe(ErrorCodes.SystemConflict);

        (await CountAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Transaction_that_the_server_gives_up_is_done_again_as_a_whole()
    {
        await _client.ExecuteAsync(new SqlStatement($"INSERT INTO {_table} (id, paid) VALUES (1, 10)"), Token);
        var runs = 0;

        var paid = await _client.InTransactionAsync(
            async (transaction, token) =>
            {
                var before = await transaction.ScalarAsync<decimal>(new SqlStatement($"SELECT paid FROM {_table} WHERE id = 1"), token);

                // Another one comes in between, the first time.
                if (++runs == 1) await _client.ExecuteAsync(new SqlStatement($"UPDATE {_table} SET paid = paid + 5"), token);
                await transaction.ExecuteAsync(new SqlStatement($"UPDATE {_table} SET paid = $1", before + 1), token);
                return before + 1;
            },
            IsolationLevel.RepeatableRead,
            Token);

        (paid, runs).ShouldBe((16, 2));
        (await _client.ScalarAsync<decimal>(new SqlStatement($"SELECT paid FROM {_table}"), Token)).ShouldBe(16);
    }

    [Fact]
    public async Task Transaction_whose_work_fails_leaves_nothing()
    {
        await Should.ThrowAsync<InvalidDataException>(async () => await _client.InTransactionAsync<int>(
            async (transaction, token) =>
            {
                await transaction.BatchAsync([Insert(1), Insert(2)], token);
                (await transaction.QueryAsync(new SqlStatement($"SELECT id FROM {_table}"), row => row.GetInt64(0), token)).Count.ShouldBe(2);
                throw new InvalidDataException();
            },
            IsolationLevel.ReadCommitted,
            Token));

        (await CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Transaction_whose_end_nobody_knows_is_not_done_again()
    {
        await using var proxy = new CuttingProxy(postgres.Server.Port);
        await using var client = SharedPostgres.Connect(PostgresServer.ConnectionStringFor(proxy.Port));
        var runs = 0;

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.InTransactionAsync(
            async (transaction, token) =>
            {
                await transaction.ExecuteAsync(Insert(++runs), token);
                proxy.CutNextAnswer();
                return true;
            },
            IsolationLevel.ReadCommitted,
            Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemUnreachable);
        runs.ShouldBe(1);
        await Until(async () => await CountAsync() == 1);
    }

    [Fact]
    public async Task Rows_in_bulk_are_written_with_the_types_of_their_columns_all_or_none()
    {
        var at = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        var rows = Enumerable.Range(1, 10_000).Select(id => (IReadOnlyList<object?>)[id, id % 2 == 0 ? null : $"name {id}", 1.25m, at, """{"a":1}"""]);

        (await _client.ImportAsync($"public.{_table}", ["id", "name", "paid", "at", "about"], rows.ToAsyncEnumerable(), Token)).ShouldBe(10_000);
        (await _client.QueryAsync(new SqlStatement($"SELECT count(*), count(name), sum(paid), min(at) FROM {_table}"), row => (row.GetInt64(0), row.GetInt64(1), row.GetDecimal(2), row.GetDateTime(3)), Token)).ShouldBe([(10_000, 5_000, 12_500m, at)]);

        IReadOnlyList<object?>[] again = [[10_001], [1]];
        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.ImportAsync(_table, ["id"], again.ToAsyncEnumerable(), Token))).Error.Code.ShouldBe(ErrorCodes.SystemConflict);
        (await CountAsync()).ShouldBe(10_000);
    }

    [Theory]
    [InlineData("23505", "FX5015")]
    [InlineData("23P01", "FX5015")]
    [InlineData("28P01", "FX5012")]
    [InlineData("42501", "FX5012")]
    [InlineData("40001", "FX5014")]
    [InlineData("40P01", "FX5014")]
    [InlineData("57P01", "FX5014")]
    [InlineData("53300", "FX5014")]
    [InlineData("08006", "FX5010")]
    [InlineData("57014", "FX5011")]
    [InlineData("42P01", "FX5013")]
    [InlineData("P0001", "FX5013")]
    public async Task What_the_server_says_is_told_by_a_code_without_data_of_rows(string state, string code)
    {
        var statement = new SqlStatement($"DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '{state}', DETAIL = 'canary', HINT = 'canary'; END $$");

        var error = (await Should.ThrowAsync<FlexCoreException>(async () => await _client.ExecuteAsync(statement, Token))).Error;

        error.Code.Id.ShouldBe(code);
        error.Message.ShouldBe($"postgres: execute: {state}: so it is");
    }

    [Fact]
    public async Task Value_that_is_wrong_is_not_in_the_error()
    {
        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await _client.ScalarAsync<int>(new SqlStatement("SELECT CAST($1 AS text)::int", "canary"), Token));

        failure.Error.Message.ShouldBe("postgres: query: 22P02: a value is not as it must be");
    }

    [Fact]
    public async Task Question_that_takes_too_long_is_given_up_at_the_server_too()
    {
        await using var client = SharedPostgres.Connect(postgres.Server.ConnectionString, seconds: 0.3);
        var mark = $"{Guid.NewGuid():N}";

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.ExecuteAsync(new SqlStatement($"SELECT pg_sleep(600) /* {mark} */"), Token))).Error.Code.ShouldBe(ErrorCodes.SystemTimedOut);

        var atWork = new SqlStatement("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1", $"%{mark}%");
        await Until(async () => await _client.ScalarAsync<long>(atWork, Token) == 0);
    }

    [Fact]
    public async Task Client_and_its_listener_go_on_by_themselves_after_the_server_was_killed_and_started_again()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var client = SharedPostgres.Connect(server.ConnectionString, attempts: 50);
        ConcurrentQueue<string> heard = [];
        using var stop = new CancellationTokenSource();
        var began = 0;
        var listening = client.ListenAsync("news of \"today\"", heard.Enqueue, () => Interlocked.Increment(ref began), stop.Token);
        await Until(() => Task.FromResult(began == 1));
        for (var number = 0; number < 100; number++) await SayAsync($"{number}");
        await Until(() => Task.FromResult(heard.Count == 100));
        heard.ShouldBe(Enumerable.Range(0, 100).Select(number => $"{number}"));

        await server.KillAsync();
        var meanwhile = client.ScalarAsync<int>(new SqlStatement("SELECT 42") { MayRepeat = true }, Token).AsTask();
        await server.StartAgainAsync();

        (await meanwhile.WaitAsync(Patience, Token)).ShouldBe(42);
        await Until(() => Task.FromResult(began == 2));
        await SayAsync("back");
        await Until(() => Task.FromResult(heard.Contains("back")));
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => listening.WaitAsync(Patience, Token));

        ValueTask<int> SayAsync(string text) => client.ExecuteAsync(new SqlStatement("SELECT pg_notify($1, $2)", "news of \"today\"", text), Token);
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition()) await Task.Delay(10, limit.Token);
    }

    private SqlStatement Insert(int id) => new($"INSERT INTO {_table} (id) VALUES ($1)", id);

    private ValueTask<long> CountAsync() => _client.ScalarAsync<long>(new SqlStatement($"SELECT count(*) FROM {_table}"), Token);
}
