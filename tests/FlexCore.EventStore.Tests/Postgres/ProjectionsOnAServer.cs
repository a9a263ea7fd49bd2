using FlexCore.EventStore.Subscriptions;
using FlexCore.EventStore.Tests.Conformance;
using FlexCore.Testing;

namespace FlexCore.EventStore.Tests.Postgres;

/// <summary>What can happen to a projection whose views are elsewhere.</summary>
public sealed class ProjectionsOnAServer : StoreTests<PostgresPlace>
{
    [Fact]
    public async Task Who_reads_for_long_delays_the_switch_to_a_new_version_and_no_other_reader()
    {
        var store = await OpenAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(5)), Token);
        await using var old = store.Project(new Counts());
        old.Start();
        await old.WaitUntilAsync(5, Token).AsTask().WaitAsync(Eventually.Limit, Token);
        await using var next = store.Project(new Counts(version: 2, worth: 10));

        await using (var views = await store.OpenViewsAsync(Token))
        {
            await using var reading = await views.BeginTransactionAsync(Token);
            (await SumAsync(views)).ShouldBe(5);
            next.Start();
            await Eventually.TrueAsync(async () => (await next.GetStatusAsync(Token)).State == ConsumerState.Retrying, "the switch did not wait");
            for (var i = 0; i < 5; i++)
            {
                await using var others = await store.OpenViewsAsync(Token);
                (await SumAsync(others).WaitAsync(TimeSpan.FromSeconds(2), Token)).ShouldBe(5);
            }
        }

        await Eventually.TrueAsync(async () => (await next.GetStatusAsync(Token)).ServingVersion == 2, "the new version did not take over");
        await using var after = await store.OpenViewsAsync(Token);
        (await SumAsync(after)).ShouldBe(50);
    }

    [Fact]
    public async Task Goes_on_by_itself_when_the_server_was_away()
    {
        await using var server = await PostgresServer.StartAsync("fsync = on");
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, cancellationToken: Token);
        await using var keeper = store.Project(new Counts());
        keeper.Start();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);
        await keeper.WaitUntilAsync(3, Token).AsTask().WaitAsync(Eventually.Limit, Token);

        await server.KillAsync();
        await server.StartAgainAsync();
        await store.AppendAsync(Some.Append("run-1", Some.Events(3)), Token);

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return await keeper.GetStatusAsync(Token) is { Position: 6, State: ConsumerState.Live };
                }
                catch (Npgsql.NpgsqlException)
                {
                    return false;
                }
            },
            "it did not go on");
        await using var views = await store.OpenViewsAsync(Token);
        (await SumAsync(views)).ShouldBe(6);
    }

    private static async Task<long> SumAsync(System.Data.Common.DbConnection views)
    {
        await using var command = views.CreateCommand();
        command.CommandText = "SELECT CAST(sum(n) AS bigint) FROM counts";
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
