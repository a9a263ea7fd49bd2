using Npgsql;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>The workloads on FlexCore's store on PostgreSQL.</summary>
internal sealed class StoreWorkloads(string connectionString)
{
    private const string Schema = "flexcore";

    /// <summary>Appends to a new stream each time.</summary>
    public async Task<Measured> AppendAsync(int writers, int eventsEach)
    {
        await using var store = await OpenEmptyAsync();
        return await Load.RunAsync(writers, eventsEach, async _ =>
            await store.AppendAsync([new StreamAppend(Sample.NewStream(), ExpectedVersion.NoStream, Sample.NewEvents(eventsEach))]));
    }

    public async Task<PostgresEventStore> OpenEmptyAsync()
    {
        var store = await PostgresEventStore.OpenAsync(connectionString, TimeProvider.System, Schema);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var empty = new NpgsqlCommand($"TRUNCATE {Schema}.events", connection);
        await empty.ExecuteNonQueryAsync();
        await using var checkpoint = new NpgsqlCommand("CHECKPOINT", connection);
        await checkpoint.ExecuteNonQueryAsync();
        return store;
    }
}
