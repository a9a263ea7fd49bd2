using System.Diagnostics;
using System.Text.Json;
using Npgsql;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>What a user would pick instead, from npm: Emmett, and message-db's SQL functions called by node-postgres and by pgbench.</summary>
internal sealed class Peers(string connectionString, string folder, Limits limits)
{
    private const string MessageDatabase = "message_store";

    /// <summary>Makes message-db's database, by its own script.</summary>
    public async Task InstallAsync()
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        await RunAsync("bash", [Path.Combine(folder, "node_modules/@eventide/message-db/database/install.sh")], new()
        {
            ["PGHOST"] = server.Host, ["PGPORT"] = $"{server.Port}", ["PGUSER"] = server.Username, ["DATABASE_NAME"] = MessageDatabase,
        });
    }

    public Task<Measured> EmmettAsync(string workload, int writers, int events) => NodeAsync("emmett", workload, writers, events, "postgres");

    public Task<Measured> MessageDbAsync(string workload, int writers, int events) => NodeAsync("message-db", workload, writers, events, MessageDatabase);

    /// <summary>message-db's function called by pgbench: what it could give to a client that costs nothing.</summary>
    public async Task<Measured> MessageDbFunctionAsync(int writers)
    {
        var messages = new NpgsqlConnectionStringBuilder(connectionString) { Database = MessageDatabase, SearchPath = "message_store,public" }.ConnectionString;
        return await limits.PgbenchAsync(
            messages, writers, 1, $"SELECT write_message(gen_random_uuid()::varchar, 'run' || :client_id || '-' || gen_random_uuid(), '{Sample.Type}', '{Sample.Data}', '{Sample.Metadata}');");
    }

    private async Task<Measured> NodeAsync(string peer, string workload, int writers, int events, string database)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        var output = await RunAsync(
            "node", [Path.Combine(folder, "peers.mjs"), peer, workload, $"{writers}", $"{events}", $"postgresql://{server.Username}@{server.Host}:{server.Port}/{database}"], []);
        using var answer = JsonDocument.Parse(output);
        return new Measured(answer.RootElement.GetProperty("rate").GetDouble(), [.. answer.RootElement.GetProperty("latencies").EnumerateArray().Select(latency => latency.GetDouble())]);
    }

    private static async Task<string> RunAsync(string program, string[] arguments, Dictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await error}");
    }
}
