using FlexCore.EventStore.Tests.Conformance;
using Npgsql;

namespace FlexCore.EventStore.Tests.Postgres;

/// <summary>Positions follow the order of commits, whatever else goes on in the database.</summary>
public sealed class OrderOfCommits : IAsyncLifetime
{
    private readonly PostgresPlace _place = new();
    private IEventStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _store = await _place.OpenAsync(TimeProvider.System);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(true, "run-2")]
    [InlineData(false, "run-2")]
    [InlineData(true, "run-1")]
    [InlineData(false, "run-1")]
    public async Task Append_that_commits_slowly_or_not_at_all_is_never_overtaken_and_leaves_no_gap(bool commits, string laterStream)
    {
        for (var i = 0; i < 3; i++) await _store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token);
        await using var slow = await ConnectAsync();
        await using var transaction = await slow.BeginTransactionAsync(Token);
        (await AppendAsync(slow, "run-slow")).ShouldBe(4);

        // The reader sees nothing of it, and the one who comes later waits its turn.
        var later = _store.AppendAsync(Some.Append(laterStream, Some.Events(1)), Token).AsTask();
        (await _store.GetLastPositionAsync(Token)).ShouldBe(3);
        await ShouldWaitForTheLogAsync();
        later.IsCompleted.ShouldBeFalse();
        await (commits ? transaction.CommitAsync(Token) : transaction.RollbackAsync(Token));

        (await later).LastPosition.ShouldBe(commits ? 5 : 4);
        var log = await _store.ReadLogAsync(0, 10, new LogFilter(), Token);
        log.Skip(3).Select(e => e.StreamId).ShouldBe(commits ? ["run-slow", laterStream] : [laterStream]);
        Sound.ShouldBeSound(log);
    }

    [Fact]
    public async Task Long_transaction_elsewhere_delays_nobody()
    {
        await using var other = await ConnectAsync();
        await using var transaction = await other.BeginTransactionAsync(Token);
        await ExecuteAsync(other, "CREATE TABLE elsewhere (n int); INSERT INTO elsewhere VALUES (1)");

        for (var i = 1; i <= 20; i++)
        {
            (await _store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token)).LastPosition.ShouldBe(i);
            (await _store.ReadLogAsync(i - 1, 10, new LogFilter(), Token)).Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Client_that_dies_in_the_middle_of_a_transaction_holds_nobody_up()
    {
        await using var dying = await ConnectAsync();
        await dying.BeginTransactionAsync(Token);
        await AppendAsync(dying, "run-dying");
        var waiting = _store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token).AsTask();

        await using var admin = await ConnectAsync();
        await ExecuteAsync(admin, $"SELECT pg_terminate_backend({dying.ProcessID})");

        (await waiting.WaitAsync(TimeSpan.FromSeconds(10), Token)).LastPosition.ShouldBe(1);
    }

    private async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"{PostgresFixture.ConnectionString};Search Path={_place.Address.Split('|')[1]};Pooling=false");
        await connection.OpenAsync(Token);
        return connection;
    }

    private static async Task<long> AppendAsync(NpgsqlConnection connection, string streamId)
    {
        await using var command = new NpgsqlCommand(
            "SELECT 1 + append_events(ARRAY[$1], ARRAY[1], ARRAY[gen_random_uuid()], ARRAY['Slow'], ARRAY[''::bytea], ARRAY[''::bytea], ARRAY[sha256('')], now(), ARRAY[]::text[], ARRAY[]::bigint[])",
            connection)
        { Parameters = { new() { Value = streamId } } };
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task ShouldWaitForTheLogAsync()
    {
        await using var admin = await ConnectAsync();
        await using var waiters = new NpgsqlCommand("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 'events'::regclass::oid", admin);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        while ((long)(await waiters.ExecuteScalarAsync(limit.Token))! == 0) await Task.Yield();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
