using FlexCore.EventStore;
using FlexCore.EventStore.Benchmarks;
using Npgsql;

// bench/eventstore.sh starts the servers and calls this: CONNECTION-STRING WORK-FOLDER PEERS-FOLDER ROUNDS [WORKLOAD…]
var (connectionString, folder, peersFolder, rounds, wanted) = (args[0], args[1], args[2], int.Parse(args[3]), args[4..]);

// The limits have the same tables, in a schema of their own.
const string LimitSchema = "limit_of";
await using (await PostgresEventStore.OpenAsync(connectionString, TimeProvider.System, LimitSchema))
{
    // Opening makes the tables.
}

var limitConnection = new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = LimitSchema, MaxPoolSize = 300 }.ConnectionString;
await using var limitDatabase = NpgsqlDataSource.Create(limitConnection);
// A hash for all, as large as an event's: what it costs to make one is not the database's limit.
await using (var setup = limitDatabase.CreateCommand("CREATE SEQUENCE IF NOT EXISTS positions CACHE 100; ALTER TABLE events ALTER COLUMN hash SET DEFAULT sha256('')")) await setup.ExecuteNonQueryAsync();
var limits = new Limits(limitDatabase, limitConnection, folder);
var store = new StoreWorkloads(connectionString);
var peers = new Peers(connectionString, peersFolder, limits);
var sqlite = new SqliteWorkloads(folder);
await peers.InstallAsync();

foreach (var writers in (int[])[1, 8, 32])
{
    await RunAsync("append", new($"append-{writers}: one event per append, a new stream each time, {writers} at once",
        [("pgbench insert", () => limits.PgbenchAsync(writers)), ("bare Npgsql insert", () => limits.NpgsqlAsync(writers)), ("FlexCore", () => store.AppendAsync(writers, 1)),
            ("message-db function by pgbench", () => peers.MessageDbFunctionAsync(writers)), ("message-db by node-postgres", () => peers.MessageDbAsync("append", writers, 1)), ("Emmett", () => peers.EmmettAsync("append", writers, 1))]));
}

await RunAsync("append", new("append-256: the same, 256 at once, against pgbench with 32",
    [("pgbench insert, 32", () => limits.PgbenchAsync(32)), ("FlexCore", () => store.AppendAsync(256, 1))]));
foreach (var writers in (int[])[1, 8])
{
    await RunAsync("hundred", new($"hundred-{writers}: 100 events per append, {writers} at once",
        [("pgbench insert of 100 rows", () => limits.PgbenchHundredAsync(writers)), ("FlexCore", () => store.AppendAsync(writers, 100)),
            ("message-db by node-postgres", () => peers.MessageDbAsync("append", writers, 100)), ("Emmett", () => peers.EmmettAsync("append", writers, 100))]));
}

if (Wants("import") || Wants("read") || Wants("replay") || Wants("verify"))
{
    var log = StoreWorkloads.MakeLog(1000);
    await RunAsync("import", new("import: 1,000,000 events", [("binary COPY by Npgsql", () => limits.CopyAsync(log)), ("FlexCore", () => store.ImportAsync(log))]));
    if (!Wants("import"))
    {
        await limits.CopyAsync(log);
        await store.ImportAsync(log);
    }

    var streams = log.Take(1000).Select(item => item.StreamId).ToList();
    await RunAsync("read", new("read: streams of 1,000 events, out of 1,000,000",
        [("bare Npgsql", () => limits.ReadStreamsAsync(streams)), ("FlexCore", () => store.ReadStreamsAsync(streams, deserialised: false)), ("FlexCore, deserialised", () => store.ReadStreamsAsync(streams, deserialised: true)),
            ("message-db by node-postgres", () => peers.MessageDbAsync("read", 1, 1000)), ("Emmett", () => peers.EmmettAsync("read", 1, 1000))]));
    await RunAsync("replay", new("replay: 1,000,000 events, in pages of 5,000",
        [("bare Npgsql", limits.ReplayAsync), ("FlexCore", () => store.ReplayAsync(deserialised: false)), ("FlexCore, deserialised", () => store.ReplayAsync(deserialised: true))]));
    if (Wants("verify"))
    {
        await store.SealAsync();
        await RunAsync("verify", new("verify: the history of 1,000,000 events in 1,000 streams, sealed", [("FlexCore's replay", () => store.ReplayAsync(deserialised: false)), ("FlexCore", store.VerifyAsync)]));
    }
}

await RunAsync("latency", new("latency: from an append to the handler of an idle subscription in another store object", [("FlexCore", store.DeliverAsync)]));

if (wanted.Contains("large"))
{
    // Not in turn: filling takes minutes. Compare the medians.
    foreach (var count in (int[])[10, 10_000])
    {
        var streams = await store.FillAsync(count);
        await RunAsync("large", new($"large: one event per append, a store with {count * 1000} events", [("1 at once", () => store.AppendMoreAsync(1, 1)), ("32 at once", () => store.AppendMoreAsync(32, 1))]));
        await RunAsync("large", new($"large: streams of 1,000 events, a store with {count * 1000} events", [("FlexCore", () => store.ReadStreamsAsync(streams, deserialised: false))]));
    }
}

if (wanted.Contains("proof"))
{
    await store.FillAsync(10_000);
    await store.SealAsync();
    await RunAsync("proof", new("proof: that an event is in a log of 10,000,000", [("FlexCore", store.ProveAsync)]));
}

foreach (var count in (int[])[1, 100])
    await RunAsync("sqlite", new($"sqlite: {count} per append, synchronous FULL", [("Python's C binding", () => sqlite.BareAsync($"{count}")), ("FlexCore", () => sqlite.AppendAsync(count))]));
await RunAsync("sqlite", new("sqlite: scan of 200,000 events", [("Python's C binding", () => sqlite.BareAsync("scan")), ("FlexCore", sqlite.ScanAsync)]));

bool Wants(string name) => wanted.Length == 0 || wanted.Contains(name);

Task RunAsync(string name, Comparison comparison) => Wants(name) ? comparison.RunAsync(rounds) : Task.CompletedTask;
