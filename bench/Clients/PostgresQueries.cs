using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FlexCore.Clients.Benchmarks;

/// <summary>A row by its key, out of 10,000.</summary>
internal static class PostgresQueries
{
    private const string Sql = "SELECT id, name FROM bench_clients WHERE id = $1";

    public static async Task RunAsync(string connection, int rounds)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using (var command = source.CreateCommand(
            "CREATE TABLE IF NOT EXISTS bench_clients (id int PRIMARY KEY, name text NOT NULL); TRUNCATE bench_clients; INSERT INTO bench_clients SELECT n, 'name ' || n FROM generate_series(1, 10000) AS n; ANALYZE bench_clients"))
        {
            await command.ExecuteNonQueryAsync();
        }

        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:Postgres:Connection"] = connection };
        await using var program = new ServiceCollection().AddFlexCorePostgres(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        var client = program.GetRequiredService<PostgresClient>();

        await Callers.CompareAsync("PostgreSQL, a row by its key", rounds, BareAsync, OursAsync);

        async ValueTask BareAsync()
        {
            await using var command = source.CreateCommand(Sql);
            command.Parameters.Add(new NpgsqlParameter { Value = Random.Shared.Next(1, 10_001) });
            await using var reader = await command.ExecuteReaderAsync();
            var rows = new List<(int, string)>();
            while (await reader.ReadAsync()) rows.Add((reader.GetInt32(0), reader.GetString(1)));
        }

        async ValueTask OursAsync() =>
            await client.QueryAsync(new SqlStatement(Sql, Random.Shared.Next(1, 10_001)) { MayRepeat = true }, row => (row.GetInt32(0), row.GetString(1)), CancellationToken.None);
    }
}
