using System.Diagnostics;
using FlexCore.EventStore.Subscriptions;
using FlexCore.Testing;
using Npgsql;

namespace FlexCore.EventStore.Tests.Postgres;

/// <summary>The promise of the store, under everything at once.</summary>
public sealed class Soak
{
    private const int Writers = 8;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>10 million events with ./test.sh --long, else some thousand.</summary>
    [Fact]
    public async Task No_subscriber_misses_repeats_or_reorders_an_event_while_writers_pause_roll_back_and_are_killed()
    {
        var (total, largest, killEvery) = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null ? (20_000L, 100, 5_000L) : (10_000_000L, 1_000, 200_000L);
        await using var server = await PostgresServer.StartAsync();
        var address = $"{server.ConnectionString}|{PostgresEventStore.DefaultSchema}";
        await using var store = await PostgresEventStore.OpenAsync(server.ConnectionString, TimeProvider.System, cancellationToken: Token);
        var subscribers = Enumerable.Range(0, 2).Select(_ => new Subscriber()).ToList();
        var subscriptions = subscribers.Select((subscriber, i) => store.Subscribe(new SubscriptionOptions($"soak-{i}") { BatchSize = 5_000 }, (recorded, _, _) => subscriber.Handle(recorded))).ToList();
        subscriptions.ForEach(subscription => subscription.Start());

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var rollingBack = RollBackAsync(server.ConnectionString, enough.Token);
        var writers = Enumerable.Range(0, Writers).Select(i => BusyWriterProcess.Start(address, $"{i}", largest)).ToList();
        var started = Writers;
        for (var next = killEvery; next < total; next += killEvery)
        {
            await Eventually.TrueAsync(async () => await store.GetLastPositionAsync(Token) >= next, $"{next} events", TimeSpan.FromMinutes(5));
            var victim = Random.Shared.Next(Writers);
            End(writers[victim]);
            writers[victim] = BusyWriterProcess.Start(address, $"{started++}", largest);
        }

        await Eventually.TrueAsync(async () => await store.GetLastPositionAsync(Token) >= total, $"{total} events", TimeSpan.FromMinutes(5));
        writers.ForEach(End);
        await enough.CancelAsync();
        await rollingBack;
        var last = await store.GetLastPositionAsync(Token);
        await Eventually.TrueAsync(() => Task.FromResult(subscribers.TrueForAll(subscriber => subscriber.Position >= last || subscriber.Fault != null)), "all events handled", TimeSpan.FromMinutes(10));
        foreach (var subscription in subscriptions) await subscription.DisposeAsync();

        subscribers.ShouldAllBe(subscriber => subscriber.Fault == null && subscriber.Position == last);
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        await using var check = database.CreateCommand($"SELECT count(*) FROM (SELECT version, row_number() OVER (PARTITION BY stream_id ORDER BY position) AS n FROM {PostgresEventStore.DefaultSchema}.events) e WHERE version <> n");
        check.CommandTimeout = 0;
        (await check.ExecuteScalarAsync(Token)).ShouldBe(0L);
    }

    private static void End(Process writer)
    {
        writer.Kill();
        writer.WaitForExit();
        writer.Dispose();
    }

    /// <summary>Somebody who appends in transactions that last a while, and takes them all back.</summary>
    private static async Task RollBackAsync(string connectionString, CancellationToken enough)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Search Path={PostgresEventStore.DefaultSchema}");
        await connection.OpenAsync(CancellationToken.None);
        while (!enough.IsCancellationRequested)
        {
            await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
            await using var append = new NpgsqlCommand("SELECT append_events(ARRAY['run-undone'], ARRAY[1], ARRAY[gen_random_uuid()], ARRAY['Undone'], ARRAY[''::bytea], ARRAY[''::bytea], ARRAY[sha256('')], now(), ARRAY[]::text[], ARRAY[]::bigint[])", connection);
            await append.ExecuteNonQueryAsync(CancellationToken.None);
            await Task.Delay(Random.Shared.Next(10), CancellationToken.None);
            await transaction.RollbackAsync(CancellationToken.None);
            await Task.Delay(Random.Shared.Next(100), CancellationToken.None);
        }
    }

    /// <summary>Counts along: each event must be the one after the last.</summary>
    private sealed class Subscriber
    {
        public long Position { get; private set; }

        public string? Fault { get; private set; }

        public ValueTask Handle(RecordedEvent recorded)
        {
            if (recorded.Position != Position + 1 || recorded.StreamId == "run-undone") Fault ??= $"{recorded.Position} of {recorded.StreamId} came after {Position}";
            Position = recorded.Position;
            return ValueTask.CompletedTask;
        }
    }
}
