using Npgsql;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>Nodes on one database, with one project.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    /// <summary>How many runs a node takes at once.</summary>
    public const int Slots = 3;

    private const string Schema = "nodes";

    private static readonly IReadOnlyDictionary<string, string?> Nothing = new Dictionary<string, string?>();

    private readonly NpgsqlDataSource _database;
    private readonly List<NodeProcess> _started = [];
    private readonly RedisServer? _redis;

    private Cluster(PostgresServer server, RedisServer? redis)
    {
        (Server, _redis) = (server, redis);
        if (redis is not null) (Project.Variables["FLEXCORE__COORDINATION__KIND"], Project.Variables["FLEXCORE__COORDINATION__CONNECTION"]) = ("redis", redis.ConnectionString);

        // The server is killed under it, too.
        _database = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false;Timeout=5");
        Project.Variables["FLEXCORE__STORE__KIND"] = "postgres";
        Project.Variables["FLEXCORE__STORE__CONNECTION"] = server.ConnectionString;
        Project.Variables["FLEXCORE__STORE__SCHEMA"] = Schema;
        Workload = new Workload(this);
    }

    public PostgresServer Server { get; }

    /// <summary>Where there is one.</summary>
    public RedisServer Redis => _redis!;

    public TestProject Project { get; } = new();

    public Workload Workload { get; }

    /// <summary>Starts a database of its own, with the pipelines recorded in it.</summary>
    /// <param name="settings">Lines for the configuration of the server.</param>
    public static Task<Cluster> StartAsync(params string[] settings) => StartAsync(settings, redis: null);

    /// <summary>The same, with a Redis beside it.</summary>
    /// <param name="settings">Lines for the configuration of the database.</param>
    /// <param name="redis">Arguments of Redis.</param>
    public static async Task<Cluster> StartWithRedisAsync(string[]? settings = null, string[]? redis = null) => await StartAsync(settings ?? [], await RedisServer.StartAsync(redis ?? []));

    private static async Task<Cluster> StartAsync(string[] settings, RedisServer? redis)
    {
        var cluster = new Cluster(await PostgresServer.StartAsync(settings), redis);
        await cluster.Workload.RecordAsync();
        return cluster;
    }

    public Task<NodeProcess> StartNodeAsync(string name, params string[] more) => StartNodeAsync(name, Nothing, [], more);

    public async Task<NodeProcess> StartNodeAsync(string name, IReadOnlyDictionary<string, string?> environment, IReadOnlyList<string> under, params string[] more)
    {
        var node = await NodeProcess.StartAsync(Project, name, environment, under, ["--slots", $"{Slots}", .. more]);
        _started.Add(node);
        return node;
    }

    public async Task<List<NodeProcess>> StartNodesAsync(int count) =>
        [.. await Task.WhenAll(Enumerable.Range(1, count).Select(number => StartNodeAsync($"node-{number}")))];

    /// <summary>A command of the project that is no node's: its data directory is its own.</summary>
    public Task<CommandResult> FlexCoreAsync(params string[] arguments) => Project.FlexCoreAsync([.. arguments, "--data", Project.PathOf("command")]);

    /// <summary>The runs that a node has.</summary>
    public Task<List<Guid>> RunsOfAsync(string node) => ReadAsync("SELECT run_id FROM run_queue WHERE node LIKE $1 || '-%'", row => row.GetGuid(0), node);

    /// <summary>How many runs wait, or are at a node.</summary>
    public async Task<long> CountOpenAsync() => (await ReadAsync("SELECT count(*) FROM run_queue", row => row.GetInt64(0)))[0];

    /// <summary>How many events are in the log.</summary>
    public async Task<long> CountEventsAsync() => (await ReadAsync("SELECT count(*) FROM events", row => row.GetInt64(0)))[0];

    /// <summary>Whether a sync has committed something and runs still.</summary>
    public async Task<bool> HasBegunSyncAsync() => (await ReadAsync(
        "SELECT count(*) FROM run_queue WHERE node IS NOT NULL AND EXISTS (SELECT FROM events WHERE stream_id = 'state-' || pipeline || '.load')", row => row.GetInt64(0)))[0] > 0;

    /// <summary>Of these runs those that are open.</summary>
    public Task<List<Guid>> OpenAsync(IReadOnlyList<Guid> runs) => ReadAsync("SELECT run_id FROM run_queue WHERE run_id = ANY ($1)", row => row.GetGuid(0), runs.ToArray());

    public Task AllEndAsync() => TrueAsync(async () => await CountOpenAsync() == 0, "all runs have ended", Workload.IsLong ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(90));

    /// <summary>Waits for a condition, as long as many runs may take; when it does not come, says how things are.</summary>
    public Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null) => Until.TrueAsync(condition, () => DescribeAsync(what), limit ?? TimeSpan.FromSeconds(45));

    /// <summary>Ends all nodes; nothing of them is left on the machine.</summary>
    public async Task StopAsync(params NodeProcess[] nodes)
    {
        await Task.WhenAll(nodes.Select(node => node.StopAsync()));
        await Until.TrueAsync(() => !Processes.AnyMentions(Project.Folder), "no process of a run is left");
        foreach (var node in _started) node.HasGroups.ShouldBeFalse($"no control group of node {node.Name} is left");
        (await FlexCoreAsync("events", "verify", "--json")).ShouldExitWith(0).Json.GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _started) await node.DisposeAsync();
        await _database.DisposeAsync();
        await Server.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        await Until.TrueAsync(() => !Processes.AnyMentions(Project.Folder), "no process of a run is left");
        Project.Dispose();
    }

    private async Task<string> DescribeAsync(string what)
    {
        var open = await ReadAsync("SELECT pipeline || ' ' || run_id || ' at ' || coalesce(node, '-') || ', epoch ' || epoch FROM run_queue ORDER BY place", row => row.GetString(0));
        var failed = await ReadAsync("SELECT stream_id || ' ' || convert_from(event_data, 'UTF8') FROM events WHERE event_type IN ('PipelineFailed', 'StepFailed') ORDER BY position", row => row.GetString(0));
        var said = _started.Select(node => $"{node.Name}:\n{node.ErrorSoFar}");
        return $"not so: {what}. Open runs:\n{string.Join('\n', open)}\nFailures:\n{string.Join('\n', failed)}\n{string.Join('\n', said)}";
    }

    private async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] parameters)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"SET search_path TO {Schema}", connection);
        await command.ExecuteNonQueryAsync();
        command.CommandText = sql;
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }
}
