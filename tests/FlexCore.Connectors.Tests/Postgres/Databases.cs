using System.Text.Json.Nodes;
using Npgsql;

namespace FlexCore.Connectors.Tests.Postgres;

/// <summary>One server for the tests of this folder, and databases in it.</summary>
public sealed class Databases : IAsyncLifetime
{
    private PostgresServer? _server;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>Makes a database of a name of its own.</summary>
    public async Task<Database> CreateAsync()
    {
        var name = $"d{Guid.CreateVersion7():n}";
        await new Database(_server!.Port, "postgres").ExecuteAsync($"CREATE DATABASE {name}");
        return new Database(_server.Port, name);
    }
}

/// <summary>A database.</summary>
public sealed record Database(int Port, string Name)
{
    /// <summary>The settings of a connector for it.</summary>
    public JsonObject Config => new() { ["host"] = "127.0.0.1", ["port"] = Port, ["database"] = Name, ["user"] = "postgres" };

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Connector.Token);
    }

    /// <summary>All rows of a query as text: fields with '|' between them.</summary>
    public async Task<IReadOnlyList<string>> QueryAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT concat_ws('|', VARIADIC ARRAY(SELECT coalesce(value, 'NULL') FROM json_each_text(row_to_json(q)))) FROM ({sql}) q", connection);
        await using var row = await command.ExecuteReaderAsync(Connector.Token);
        var rows = new List<string>();
        while (await row.ReadAsync(Connector.Token)) rows.Add(row.GetString(0));
        return rows;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Port};Database={Name};Username=postgres;Pooling=false");
        await connection.OpenAsync(Connector.Token);
        return connection;
    }
}
