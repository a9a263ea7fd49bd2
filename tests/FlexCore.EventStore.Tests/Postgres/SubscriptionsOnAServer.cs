using FlexCore.EventStore.Postgres;
using FlexCore.EventStore.Subscriptions;
using FlexCore.EventStore.Tests.Conformance;
using FlexCore.Testing;
using Npgsql;

namespace FlexCore.EventStore.Tests.Postgres;

/// <summary>What can happen to a subscription whose store is elsewhere.</summary>
public sealed class SubscriptionsOnAServer : StoreTests<PostgresPlace>
{
    private static readonly SubscriptionOptions Options = new("mail") { MaxDelay = TimeSpan.FromMilliseconds(500) };

    [Fact]
    public async Task Consumer_whose_lock_is_gone_cannot_keep_its_position_and_queues_up_again()
    {
        var name = $"lock-{Guid.NewGuid():N}";
        await using var store = await PostgresEventStore.OpenAsync($"{PostgresFixture.ConnectionString};Application Name={name}", TimeProvider.System, name, cancellationToken: Token);
        await store.AppendAsync(Some.Append("run-1", Some.Events(20)), Token);
        var (entered, cut) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = new Handled();
        await using var stuck = store.Subscribe(Options with { BatchSize = 5 }, async (recorded, delivery, _) =>
        {
            if (recorded.Position == 8 && !cut.Task.IsCompleted)
            {
                // It does not listen to its token: so it ends its work after another has taken over.
                entered.TrySetResult();
                await cut.Task;
            }

            await first.HandleAsync(recorded, delivery, CancellationToken.None);
        });
        stuck.Start();
        await entered.Task.WaitAsync(Eventually.Limit, Token);

        await using var server = NpgsqlDataSource.Create(PostgresFixture.ConnectionString);
        (await ScalarAsync(server, $"SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND application_name = '{name}'")).ShouldBe(1L);
        await using var other = await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, name, cancellationToken: Token);
        var second = new Handled();
        await using var successor = other.Subscribe(Options with { BatchSize = 5 }, second.HandleAsync);
        successor.Start();
        await Eventually.TrueAsync(() => Task.FromResult(second.Events.Count == 15), "nobody took over", TimeSpan.FromSeconds(5));
        cut.SetResult();

        await Eventually.TrueAsync(async () => (await stuck.GetStatusAsync(Token)).LastError is not null, "it did not notice");
        second.Positions.ShouldBe(Enumerable.Range(6, 15).Select(i => (long)i));
        first.Positions.ShouldBe(Enumerable.Range(1, 8).Select(i => (long)i));
        (await ScalarAsync(server, $"SELECT position FROM \"{name}\".subscriptions")).ShouldBe(20L);
        (await ScalarAsync(server, $"SELECT epoch FROM \"{name}\".subscriptions")).ShouldBe(2L);
    }

    [Fact]
    public async Task What_an_earlier_claim_writes_is_refused()
    {
        await using var database = new PostgresDatabase(PostgresFixture.ConnectionString, Place.Address.Split('|')[1], TimeProvider.System);
        await OpenAsync();
        var tables = new PostgresSubscriptions(database, TimeProvider.System);
        var parked = new ParkedEvent(7, 1, "no", TimeProvider.System.GetUtcNow());
        await (await tables.ClaimAsync("mail", Token)).DisposeAsync();
        await using var claim = await tables.ClaimAsync("mail", Token);

        (await tables.TryKeepAsync("mail", claim.Epoch - 1, 7, Token)).ShouldBeFalse();
        (await tables.TryParkAsync("mail", claim.Epoch - 1, parked, Token)).ShouldBeFalse();

        (await tables.ReadPositionAsync("mail", Token)).ShouldBe(0);
        (await tables.ListParkedAsync("mail", 0, 10, Token)).ShouldBeEmpty();
        (await tables.TryParkAsync("mail", claim.Epoch, parked, Token)).ShouldBeTrue();
        (await tables.ReadPositionAsync("mail", Token)).ShouldBe(7);
    }

    [Fact]
    public async Task Goes_on_by_itself_when_the_server_was_away()
    {
        await using var server = await PostgresServer.StartAsync("fsync = on");
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, cancellationToken: Token);
        var handled = new Handled();
        await using var subscription = store.Subscribe(Options, handled.HandleAsync);
        subscription.Start();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        await handled.UntilAsync(3);
        await Eventually.TrueAsync(async () => (await subscription.GetStatusAsync(Token)).Lag == 0, "the position was not kept");

        await server.KillAsync();
        await Assert.ThrowsAsync<EventStoreUnavailableException>(async () => await store.AppendAsync(Some.Append("run-1", Some.Events(1)), Token));
        await server.StartAgainAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);

        await handled.UntilAsync(6);
        await Eventually.TrueAsync(async () => (await subscription.GetStatusAsync(Token)).State == ConsumerState.Live, "it did not go on");
        handled.Events.Select(e => e.Event.Position).Distinct().ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task Idle_subscription_asks_the_server_nothing()
    {
        var name = $"idle-{Guid.NewGuid():N}";
        await using var store = await PostgresEventStore.OpenAsync($"{PostgresFixture.ConnectionString};Application Name={name}", TimeProvider.System, name, cancellationToken: Token);
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        await using var subscription = store.Subscribe(Options, new Handled().HandleAsync);
        subscription.Start();
        await using var server = NpgsqlDataSource.Create(PostgresFixture.ConnectionString);

        // Once in ten seconds it looks whether it has missed a signal.
        await Eventually.TrueAsync(
            async () => (bool)(await ScalarAsync(server, $"SELECT max(query_start) < clock_timestamp() - interval '2 s' FROM pg_stat_activity WHERE application_name = '{name}'"))!,
            "there was no time of two seconds without a query", TimeSpan.FromSeconds(8));
        (await subscription.GetStatusAsync(Token)).State.ShouldBe(ConsumerState.Live);
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource server, string sql)
    {
        await using var command = server.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Token);
    }
}
