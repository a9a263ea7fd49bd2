using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.StepSystems;
using FlexCore.Infrastructure.Tests.Postgres;
using Npgsql;

namespace FlexCore.Infrastructure.Tests.StepSystems;

/// <summary>What a <c>sql</c> step can rely on, whichever database it works on.</summary>
public abstract class SqlDatabasesConformance
{
    private readonly SqlDatabasesOfSteps _databases = new(TimeProvider.System);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract SqlDatabase Database { get; }

    [Fact]
    public async Task Rows_are_loaded_changed_and_read_in_one_transaction()
    {
        const string Hostile = "Robert'); DROP TABLE t;--\t\\N\n\"é😀";
        var rows = await DoAsync(async transaction =>
        {
            await transaction.ExecuteAsync("DROP TABLE IF EXISTS t; CREATE TABLE t (id bigint PRIMARY KEY, name text, total numeric)", [], Token);
            (await transaction.LoadAsync("t", ["id", "name", "total"], Rows([Number("1"), Text(Hostile), Number("1.25")], [Text("2"), SqlValue.Null, Number("-3")], [Number("3"), Text(""), SqlValue.Null]), Token)).ShouldBe(3);
            (await transaction.ExecuteAsync("UPDATE t SET total = @to WHERE id = @id", Parameters(("to", Number("7")), ("id", Number("3")), ("unused", SqlValue.Null)), Token)).ShouldBe(1);
            return await ReadAsync(transaction, "SELECT id, name, total FROM t WHERE id <= @most ORDER BY id", ("most", Number("3")));
        });

        rows.ShouldBe(["id|name|total", $"Number 1|Text {Hostile}|Number 1.25", "Number 2|Null |Number -3", "Number 3|Text |Number 7"]);
    }

    [Fact]
    public async Task What_fails_in_the_middle_leaves_nothing()
    {
        await DoAsync(transaction => transaction.ExecuteAsync("DROP TABLE IF EXISTS u; CREATE TABLE u (id bigint PRIMARY KEY)", [], Token));

        var failure = await Should.ThrowAsync<FlexCoreException>(() => DoAsync(async transaction =>
        {
            await transaction.ExecuteAsync("INSERT INTO u VALUES (1)", [], Token);
            return await transaction.LoadAsync("u", ["id"], Rows([Number("2")], [Number("1")]), Token);
        }));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemConflict);
        (await DoAsync(transaction => ReadAsync(transaction, "SELECT id FROM u"))).ShouldBe(["id"]);
    }

    [Theory]
    [InlineData("SELECT * FROM nothing_here")]
    [InlineData("SELEC")]
    public async Task Statement_that_is_wrong_is_the_callers_mistake(string sql) =>
        (await Should.ThrowAsync<FlexCoreException>(() => DoAsync(transaction => ReadAsync(transaction, sql)))).Error.Code.ShouldBe(ErrorCodes.SystemRequestRefused);

    [Fact]
    public async Task Work_that_is_given_up_ends_soon_and_leaves_nothing()
    {
        await DoAsync(transaction => transaction.ExecuteAsync("DROP TABLE IF EXISTS v; CREATE TABLE v (id bigint)", [], Token));
        using var stop = new CancellationTokenSource();

        await Should.ThrowAsync<OperationCanceledException>(() => _databases.InTransactionAsync(Database, async (transaction, token) =>
        {
            await transaction.ExecuteAsync("INSERT INTO v VALUES (1)", [], token);
            stop.CancelAfter(TimeSpan.FromMilliseconds(100));
            return await transaction.ExecuteAsync("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO v SELECT count(*) FROM n", [], token);
        }, stop.Token)).WaitAsync(TimeSpan.FromSeconds(30), Token);

        (await DoAsync(transaction => ReadAsync(transaction, "SELECT id FROM v"))).ShouldBe(["id"]);
    }

    protected Task<T> DoAsync<T>(Func<ISqlTransaction, Task<T>> work) => _databases.InTransactionAsync(Database, (transaction, _) => work(transaction), Token);

    protected static async Task<List<string>> ReadAsync(ISqlTransaction transaction, string sql, params (string Name, SqlValue Value)[] parameters)
    {
        var read = new List<string>();
        await transaction.ReadAsync(sql, Parameters(parameters), async rows =>
        {
            read.Add(string.Join('|', rows.Columns));
            await foreach (var row in rows.Rows) read.Add(string.Join('|', row.Select(value => $"{value.Kind} {value.Text}")));
        }, Token);
        return read;
    }

    protected static SqlValue Number(string text) => new(SqlValueKind.Number, text);

    protected static SqlValue Text(string text) => new(SqlValueKind.Text, text);

    private static List<KeyValuePair<string, SqlValue>> Parameters(params (string Name, SqlValue Value)[] parameters) => [.. parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value))];

    private static async IAsyncEnumerable<IReadOnlyList<SqlValue>> Rows(params SqlValue[][] rows)
    {
        foreach (var row in rows)
        {
            await Task.Yield();
            yield return row;
        }
    }
}

public sealed class PostgresOfStepsTests(SharedPostgres postgres) : SqlDatabasesConformance, IClassFixture<SharedPostgres>
{
    protected override SqlDatabase Database => new(null, new PostgresAddress("127.0.0.1", new NpgsqlConnectionStringBuilder(postgres.Server.ConnectionString).Port, "postgres", "postgres", null, SqlTls.Prefer));

    [Fact]
    public async Task Values_of_every_type_have_the_form_that_JSON_has_for_them() =>
        (await DoAsync(transaction => ReadAsync(
            transaction,
            """
            SELECT true AS a, 1::smallint AS b, 12345678901234567890.123::numeric AS c, 'NaN'::float8 AS d, 1e-5::float8 AS e, '{"a": [1]}'::jsonb AS f, date '2026-01-02' AS g,
              timestamptz '2026-01-02 03:04:05.6+02' AS h, timestamp '2026-01-02 03:04:05' AS i, ARRAY[1,2] AS j, '\x00ff'::bytea AS k, @when::date AS l, int4range(1, 5) AS m
            """,
            ("when", Text("2026-02-03")))))
        .ShouldBe(["a|b|c|d|e|f|g|h|i|j|k|l|m", "Boolean true|Number 1|Number 12345678901234567890.123|Text NaN|Number 1e-05|Json {\"a\": [1]}|Text 2026-01-02|Text 2026-01-02T01:04:05.6Z|Text 2026-01-02T03:04:05|Text {1,2}|Text \\x00ff|Text 2026-02-03|Text [1,5)"]);

    [Fact]
    public async Task Server_that_is_away_may_be_back_later() =>
        (await Should.ThrowAsync<FlexCoreException>(() => new SqlDatabasesOfSteps(TimeProvider.System).InTransactionAsync(
            new SqlDatabase(null, new PostgresAddress("127.0.0.1", 1, "postgres", "postgres", "no-such-password", SqlTls.Prefer)), (_, _) => Task.FromResult(0), Token))).Error.Code.ShouldBe(ErrorCodes.SystemUnreachable);
}

public sealed class SqliteOfStepsTests : SqlDatabasesConformance, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-sqlite-").FullName;

    protected override SqlDatabase Database => new(Path.Combine(_folder, "made", "here.db"), null);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ATTACH DATABASE '/tmp/other.db' AS other")]
    [InlineData("SAVEPOINT s")]
    public async Task Statement_that_would_end_the_transaction_or_open_another_file_is_refused(string sql)
    {
        (await Should.ThrowAsync<FlexCoreException>(() => DoAsync(transaction => transaction.ExecuteAsync(sql, [], Token)))).Error.Message.ShouldContain("not authorized");
        File.Exists("/tmp/other.db").ShouldBeFalse();
    }

    [Fact]
    public async Task Values_have_the_form_that_JSON_has_for_them() =>
        (await DoAsync(transaction => ReadAsync(transaction, "SELECT 1 AS a, 1.5 AS b, 'x' AS c, NULL AS d, x'00ff' AS e"))).ShouldBe(["a|b|c|d|e", "Number 1|Number 1.5|Text x|Null |Text AP8="]);
}
