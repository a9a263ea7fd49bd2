using FlexCore.EventStore;
using FlexCore.EventStore.Benchmarks;
using Npgsql;

// bench/eventstore.sh starts the servers and calls this: CONNECTION-STRING WORK-FOLDER ROUNDS [WORKLOAD…]
var (connectionString, folder, rounds, wanted) = (args[0], args[1], int.Parse(args[2]), args[3..]);

// The limits have the same tables, in a schema of their own.
const string LimitSchema = "limit_of";
await using (await PostgresEventStore.OpenAsync(connectionString, TimeProvider.System, LimitSchema)) { }
var limitConnection = new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = LimitSchema, MaxPoolSize = 300 }.ConnectionString;
await using var limitDatabase = NpgsqlDataSource.Create(limitConnection);
await using (var sequence = limitDatabase.CreateCommand("CREATE SEQUENCE IF NOT EXISTS positions CACHE 100")) await sequence.ExecuteNonQueryAsync();
var limits = new Limits(limitDatabase, limitConnection, folder);
var store = new StoreWorkloads(connectionString);

await Run("append-1", new("one event per append, 1 writer",
    [("pgbench insert", () => limits.PgbenchAsync(1)), ("bare Npgsql", () => limits.NpgsqlAsync(1)), ("FlexCore", () => store.AppendAsync(1, 1))]));
await Run("append-8", new("one event per append, 8 writers",
    [("pgbench insert", () => limits.PgbenchAsync(8)), ("bare Npgsql", () => limits.NpgsqlAsync(8)), ("FlexCore", () => store.AppendAsync(8, 1))]));
await Run("append-32", new("one event per append, 32 writers",
    [("pgbench insert", () => limits.PgbenchAsync(32)), ("bare Npgsql", () => limits.NpgsqlAsync(32)), ("FlexCore", () => store.AppendAsync(32, 1))]));
await Run("append-256", new("one event per append, 256 writers, against pgbench with 32",
    [("pgbench insert, 32", () => limits.PgbenchAsync(32)), ("FlexCore", () => store.AppendAsync(256, 1))]));
await Run("hundred-1", new("100 events per append, 1 writer",
    [("pgbench insert of 100 rows", () => limits.PgbenchHundredAsync(1)), ("FlexCore", () => store.AppendAsync(1, 100))]));
await Run("hundred-8", new("100 events per append, 8 writers",
    [("pgbench insert of 100 rows", () => limits.PgbenchHundredAsync(8)), ("FlexCore", () => store.AppendAsync(8, 100))]));

async Task Run(string name, Comparison comparison)
{
    if (wanted.Length == 0 || wanted.Any(name.StartsWith)) await comparison.RunAsync(rounds);
}
