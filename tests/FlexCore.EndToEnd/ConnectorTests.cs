using Npgsql;

namespace FlexCore.EndToEnd;

/// <summary>Connectors that FlexCore brings along: named like any plugin, and confined like any.</summary>
public sealed class ConnectorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Project_without_plugins_of_its_own_moves_a_csv_file_into_json_lines()
    {
        using var project = new TestProject().Write("orders.csv", "id,total\n1,10.50\n2,7\n").Write("pipeline.yaml",
            """
            name: orders
            grants: { tap-csv: { read: [./orders.csv] }, target-jsonl: { write: [./out] } }
            steps: [{ id: load, sync: { from: { plugin: tap-csv, config: { path: ./orders.csv, keys: [id] } }, to: { plugin: target-jsonl, config: { path: ./out } } } }]
            """);

        var summary = (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0];

        (await File.ReadAllTextAsync(project.PathOf("out/orders.jsonl"), Token)).ShouldBe("{\"id\":1,\"total\":10.50}\n{\"id\":2,\"total\":7}\n");
        summary.GetProperty("plugins").EnumerateArray().Select(plugin => plugin.GetProperty("isolation").GetString()).ShouldBe(["sandbox", "sandbox"]);
        await File.AppendAllTextAsync(project.PathOf("orders.csv"), "3,1\n", Token);
        (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0].GetProperty("records").GetProperty("orders").GetInt64().ShouldBe(1);
        (await File.ReadAllLinesAsync(project.PathOf("out/orders.jsonl"), Token)).Length.ShouldBe(3);
    }

    [Fact]
    public async Task What_a_connector_needs_must_be_granted_and_its_settings_must_fit()
    {
        using var project = new TestProject().Write("pipeline.yaml",
            """
            name: orders
            steps:
              - id: load
                sync:
                  from: { plugin: tap-csv, config: { path: ./orders.csv, seperator: ";" } }
                  to: { plugin: target-postgres, config: { host: db.internal, database: shop, user: me } }
            """);

        var refused = (await project.FlexCoreAsync("validate", "pipeline.yaml")).ShouldExitWith(2);

        refused.Error.ShouldContain("pipeline.yaml:5:");
        refused.Error.ShouldContain("seperator");
        refused.Error.ShouldContain("tap-csv: { read: [./orders.csv] }");

        // The port that is not written is the usual one, and asked for like one that is.
        refused.Error.ShouldContain("target-postgres: { net: [\"db.internal:5432\"] }");
    }

    [Fact]
    public async Task Table_goes_from_one_database_to_another_through_sandboxes_that_reach_nothing_else()
    {
        await using var server = await PostgresServer.StartAsync();
        await ExecuteAsync(server, "CREATE SCHEMA copy; CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, at timestamptz); INSERT INTO orders SELECT i, i * 1.1, now() FROM generate_series(1, 5000) i");
        using var project = new TestProject().Write("pipeline.yaml",
            $$"""
            name: copy
            vars: { port: {{server.Port}} }
            grants: { tap-postgres: { net: ["localhost:${vars.port}"] }, target-postgres: { net: ["localhost:${vars.port}"] } }
            steps:
              - id: load
                sync:
                  from: { plugin: tap-postgres, config: { host: localhost, port: "${vars.port}", database: postgres, user: postgres, schemas: [public] } }
                  to: { plugin: target-postgres, config: { host: localhost, port: "${vars.port}", database: postgres, user: postgres, schema: copy } }
            """);

        (await project.RunAsync("--json")).ShouldExitWith(0).Json.GetProperty("steps")[0].GetProperty("records").GetProperty("orders").GetInt64().ShouldBe(5000);

        (await ExecuteAsync(server, "SELECT count(*) FROM copy.orders NATURAL JOIN public.orders")).ShouldBe(5000L);
        (await project.EventsAsync("--type", "PluginConnected")).Select(connected => connected.GetProperty("data").GetProperty("destination").GetString()).Distinct().ShouldBe([$"localhost:{server.Port}"]);
    }

    private static async Task<object?> ExecuteAsync(PostgresServer server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }
}
