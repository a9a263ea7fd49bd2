using FlexCore.EventStore.Tests.Conformance;
using Npgsql;

namespace FlexCore.EventStore.Tests.Postgres;

public sealed class Migrating
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Schema_is_empty_then_complete_and_only_looked_at_by_the_status()
    {
        var before = await PostgresEventStore.GetSchemaStatusAsync(PostgresFixture.ConnectionString, "fresh", Token);
        await (await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, "fresh", cancellationToken: Token)).DisposeAsync();
        var after = await PostgresEventStore.GetSchemaStatusAsync(PostgresFixture.ConnectionString, "fresh", Token);

        (before.Version, before.Pending[0]).ShouldBe((0, "events"));
        (after.Version, after.Pending.Count).ShouldBe((before.Known, 0));
    }

    [Fact]
    public async Task Newer_schema_is_refused_with_both_versions()
    {
        await (await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, "newer", cancellationToken: Token)).DisposeAsync();
        await ExecuteAsync("INSERT INTO newer.schema_migrations (version, name) VALUES (99, 'future')");

        var refusal = await Should.ThrowAsync<EventStoreUnavailableException>(async () => await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, "newer", cancellationToken: Token));

        refusal.Code.ShouldBe(EventStoreUnavailableException.NotUsable);
        refusal.Message.ShouldContain("schema version 99, and this program knows versions up to");
    }

    [Fact]
    public async Task Events_of_a_store_that_had_no_hashes_get_them_when_it_is_migrated()
    {
        var before = await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, "unhashed", cancellationToken: Token);
        for (var i = 0; i < 3; i++) await before.AppendAsync([Some.Append("run-1", Some.Events(50)), Some.Append("run-2", Some.Event("Ünï"))], Token);
        var hashes = (await before.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token)).Select(e => e.Hash).ToList();
        await before.DisposeAsync();
        await ExecuteAsync("""
            SET search_path = unhashed;
            ALTER TABLE events DROP COLUMN hash;
            DROP FUNCTION append_events(text[], bigint[], uuid[], text[], bytea[], bytea[], bytea[], timestamptz, text[], bigint[]);
            DROP FUNCTION append_events(text[], bigint[], uuid[], text[], bytea[], bytea[], bytea[], timestamptz, text[], bigint[], bigint);
            DROP TABLE tree_tiles, checkpoints, subject_keys, subject_master, archives, archived_ids, archived_heads;
            CREATE FUNCTION append_events(text[], bigint[], int[], int[], uuid[], text[], bytea[], bytea[], timestamptz) RETURNS void LANGUAGE sql AS '';
            DELETE FROM schema_migrations WHERE version >= 3
            """);

        await using var after = await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, "unhashed", cancellationToken: Token);

        (await after.ReadLogAsync(0, int.MaxValue, new LogFilter(), Token)).Select(e => e.Hash).ShouldBe(hashes);
    }

    [Fact]
    public async Task Tables_of_another_application_are_refused_and_left_alone()
    {
        await ExecuteAsync("CREATE SCHEMA other; CREATE TABLE other.events (n int)");

        (await Should.ThrowAsync<EventStoreUnavailableException>(async () => await PostgresEventStore.OpenAsync(PostgresFixture.ConnectionString, TimeProvider.System, "other", cancellationToken: Token)))
            .Message.ShouldContain("another application");
    }

    [Fact]
    public async Task Stores_that_are_opened_together_on_an_empty_schema_all_get_to_write()
    {
        var place = new PostgresPlace();

        await Parallel.ForAsync(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (_, token) =>
        {
            await using var store = await place.OpenAsync(TimeProvider.System);
            await store.AppendAsync(Some.Append("run-1", Some.Events(1)), token);
        });

        await using var opened = await place.OpenAsync(TimeProvider.System);
        (await opened.GetLastPositionAsync(Token)).ShouldBe(8);
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(PostgresFixture.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
