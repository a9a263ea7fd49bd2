using System.Diagnostics;
using System.Globalization;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Application.Settings;
using FlexCore.Domain.Access;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure;
using Npgsql;

namespace FlexCore.EndToEnd.Nodes;

/// <summary>What a million runs leave behind when what is old leaves. <c>FLEXCORE_RUNS</c> is another number of them.</summary>
public sealed class RetentionTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const int Rounds = 10;
    private const int AtOnce = 64;

    /// <summary>What stays of an event that has left, so that no other takes its id or its place, and it can be proven: see ADR 15.</summary>
    private const string Kept = "'archives', 'archived_ids', 'archived_heads', 'tree_tiles', 'checkpoints'";

    /// <summary>Bytes of that for an event, indexes included: nothing but the tree above its leaves, and where the files are.</summary>
    private const int MostKept = 5;

    /// <summary>What autovacuum has not got to yet.</summary>
    private const double Slack = 1.25;

    private static readonly int Runs = int.Parse(Environment.GetEnvironmentVariable("FLEXCORE_RUNS") ?? "1000000", CultureInfo.InvariantCulture);

    private readonly TestProject _project = new();
    private PostgresServer _server = null!;
    private NpgsqlDataSource _database = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_million_runs_leave_in_the_database_is_what_has_not_left_and_a_few_bytes_of_each_event()
    {
        Assert.SkipUnless(Workload.IsLong, "runs with ./test.sh --long");
        var settings = await PrepareAsync();
        _database = NpgsqlDataSource.Create(_server.ConnectionString);
        await using var node = await NodeProcess.StartAsync(_project, "node", _project.Variables, [], "--slots", "10");
        await using var module = await InfrastructureModule.OpenAsync(_project.PathOf("feeder"), settings, TimeProvider.System, Token);
        var start = new StartPipelineHandler(module.Log, module.Queue, new QueueCap(module.Queue, () => long.MaxValue, TimeProvider.System), TimeProvider.System);
        var sizes = new List<(long Live, long Kept, long Events)>();
        for (var round = 1; round <= Rounds; round++)
        {
            var (began, clock) = (TimeProvider.System.GetUtcNow(), Stopwatch.StartNew());
            await Parallel.ForEachAsync(Enumerable.Range(0, Runs / Rounds), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Token }, async (_, token) =>
                (await start.HandleAsync(new StartPipeline("one", new Dictionary<string, string>(StringComparer.Ordinal), RunTrigger.Manual), new Caller("test", Role.Operator), token)).IsSuccess.ShouldBeTrue());
            while (await NumberAsync("SELECT count(*) FROM run_queue") > 0) await Task.Delay(20, Token);
            var rate = Runs / Rounds / clock.Elapsed.TotalSeconds;

            clock.Restart();
            await module.Past.ArchiveEventsAsync(began, Token);
            var archiving = clock.Elapsed;
            clock.Restart();
            (await module.ReadModels.ListRunsAsync(new RunFilter(20, "one"), Token)).Count.ShouldBe(20);
            var folding = clock.Elapsed;

            var kept = await NumberAsync($"SELECT sum(pg_total_relation_size(name::regclass))::bigint FROM unnest(ARRAY[{Kept}]) name");
            var listed = await NumberAsync("SELECT count(*) FROM execution_history");
            sizes.Add((await NumberAsync("SELECT pg_database_size(current_database())") - kept, kept, await NumberAsync("SELECT coalesce(max(last_position), 1) FROM archives")));
            output.WriteLine(
                $"{round * Runs / Rounds:n0} runs: {rate:n0} runs/s; {sizes[^1].Live / 1_000_000} MB and {kept / 1_000_000} MB of what has left; {listed:n0} runs listed; "
                + $"archived in {archiving.TotalSeconds:n1} s, listed in {folding.TotalSeconds:n1} s; the node has {node.MemoryMiB} MiB");
            output.WriteLine(await DescribeAsync());
            listed.ShouldBeLessThanOrEqualTo((2 * Runs / Rounds) + 2);
        }

        await node.StopAsync();
        sizes[^1].Live.ShouldBeLessThanOrEqualTo((long)(sizes[1].Live * Slack));

        // Of what has not left there is a part too, which is as large each time.
        ((sizes[^1].Kept - sizes[1].Kept) / (sizes[^1].Events - sizes[1].Events)).ShouldBeLessThanOrEqualTo(MostKept);
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        _project.Dispose();
    }

    /// <summary>Starts a server that syncs as it does out of the box, and has a pipeline recorded there. Autovacuum comes more often than once a minute, because days pass within minutes.</summary>
    private async Task<ProjectSettings> PrepareAsync()
    {
        _server = await PostgresServer.StartAsync("fsync = on", "autovacuum_naptime = 5s");
        Setting[] settings =
        [
            new("store.kind", "postgres", "store.kind"), new("store.connection", _server.ConnectionString, "store.connection"), new("store.schema", "public", "store.schema"),
            new("store.archive", _project.PathOf("archive"), "store.archive"),
        ];
        foreach (var setting in settings) _project.Variables[$"FLEXCORE__{setting.Key.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant()}"] = setting.Value;
        _project.Write("one.yaml", "name: one\nconcurrency: unlimited\nsteps: [{ id: a, noop: {} }]\n");
        (await _project.FlexCoreAsync("pipeline", "apply", "-f", "one.yaml", "--data", _project.PathOf("feeder"))).ShouldExitWith(0);
        return ProjectSettings.Read(settings).Value;
    }

    private async Task<long> NumberAsync(string sql)
    {
        await using var command = _database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task<string> DescribeAsync()
    {
        await using var command = _database.CreateCommand(
            "SELECT string_agg(relname || ' ' || pg_total_relation_size(oid) / 1000000, ', ' ORDER BY pg_total_relation_size(oid) DESC) FROM pg_class WHERE relkind = 'r' AND pg_total_relation_size(oid) > 1000000");
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
