using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.EventStore.Hashing;
using FlexCore.EventStore.Subscriptions;
using Npgsql;

namespace FlexCore.EventStore.Benchmarks;

/// <summary>The workloads on FlexCore's store on PostgreSQL.</summary>
internal sealed partial class StoreWorkloads(string connectionString)
{
    private const string Schema = "flexcore";

    /// <summary>Appends to a new stream each time.</summary>
    public async Task<Measured> AppendAsync(int writers, int eventsEach)
    {
        await using var store = await OpenEmptyAsync();
        return await AppendAsync(store, writers, eventsEach);
    }

    /// <summary>Appends to a new stream each time, to a store that has whatever it has.</summary>
    public static Task<Measured> AppendAsync(IEventStore store, int writers, int eventsEach) => Load.RunAsync(
        writers, eventsEach, async _ => await store.AppendAsync([new StreamAppend(Sample.NewStream(), ExpectedVersion.NoStream, Sample.NewEvents(eventsEach))]));

    /// <summary>Appends likewise to a store that has what it has.</summary>
    public async Task<Measured> AppendMoreAsync(int writers, int eventsEach)
    {
        await using var store = await OpenAsync();
        return await AppendAsync(store, writers, eventsEach);
    }

    /// <summary>How long an event takes to the handler of a subscription that was idle before, from the call that appends it, in another store object.</summary>
    public async Task<Measured> DeliverAsync()
    {
        const int Count = 300;
        await using var writer = await OpenEmptyAsync();
        await using var reader = await OpenAsync();
        var latencies = new List<double>();
        var started = 0L;
        TaskCompletionSource? handled = null;
        await using var subscription = reader.Subscribe(new SubscriptionOptions($"latency-{Guid.NewGuid()}"), (_, _, _) =>
        {
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            handled!.TrySetResult();
            return ValueTask.CompletedTask;
        });
        subscription.Start();
        for (var i = 0; i < Count; i++)
        {
            await Task.Delay(20);
            handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            started = Stopwatch.GetTimestamp();
            await writer.AppendAsync(new StreamAppend(Sample.NewStream(), ExpectedVersion.NoStream, [Sample.NewEvent()]));
            await handled.Task;
        }

        // The first one waits until the subscription has its turn.
        return new Measured(1000 / latencies.Skip(10).Average(), [.. latencies.Skip(10)]);
    }

    /// <summary>Imports a log into an empty store.</summary>
    public async Task<Measured> ImportAsync(IReadOnlyList<RecordedEvent> log)
    {
        await using var store = await OpenEmptyAsync();
        return await Load.TimeAsync(async () => await store.ImportAsync(log.ToAsyncEnumerable()));
    }

    /// <summary>Reads one stream after the other for some seconds.</summary>
    public async Task<Measured> ReadStreamsAsync(IReadOnlyList<string> streams, bool deserialised)
    {
        await using var store = await OpenAsync();
        var next = 0;
        return await Load.RunAsync(1, 1000, async _ =>
        {
            var events = await store.ReadStreamAsync(streams[next++ % streams.Count]);
            if (deserialised) Deserialise(events);
        });
    }

    /// <summary>Reads the whole log in pages of 5,000.</summary>
    public async Task<Measured> ReplayAsync(bool deserialised)
    {
        await using var store = await OpenAsync();
        return await Load.TimeAsync(async () =>
        {
            for (var position = 0L; ;)
            {
                var page = await store.ReadLogAsync(position, 5000, new LogFilter());
                if (page.Count == 0) return position;
                if (deserialised) Deserialise(page);
                position = page[^1].Position;
            }
        });
    }

    /// <summary>Makes the tree over the log.</summary>
    public async Task SealAsync()
    {
        await using var store = await OpenAsync();
        await store.History.SealAsync();
    }

    /// <summary>Proves that events at any positions are in the log: the path to the root, and all of it as a file.</summary>
    public async Task<Measured> ProveAsync()
    {
        const int Count = 2000;
        await using var store = await OpenAsync();
        using var key = SigningKey.Create("flexcore/bench");
        var (size, root) = await store.History.SealAsync();
        var checkpoint = SignedNote.Sign(new Checkpoint("flexcore/bench", size, root).ToString(), key);
        var random = new Random(1);
        var latencies = new List<double>();
        var (largestPath, largestFile) = (0, 0L);
        for (var i = 0; i < Count; i++)
        {
            var position = random.NextInt64(1, size + 1);
            var started = Stopwatch.GetTimestamp();
            var proof = await store.History.ProveAsync(position, checkpoint) ?? throw new InvalidOperationException($"no event at {position}");
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            using var file = new MemoryStream();
            proof.WriteTo(file);
            (largestPath, largestFile) = (Math.Max(largestPath, proof.Path.Count * LogHash.Size), Math.Max(largestFile, file.Length));
            if (proof.FindFault([key.Verification]) is { } fault) throw new InvalidOperationException(fault);
        }

        Console.WriteLine($"  the path to the root: at most {largestPath} bytes; the whole proof as a file, with the event and the checkpoint: at most {largestFile} bytes");
        return new Measured(1000 / latencies.Average(), [.. latencies]);
    }

    /// <summary>Recomputes the whole history.</summary>
    public async Task<Measured> VerifyAsync()
    {
        await using var store = await OpenAsync();
        return await Load.TimeAsync(async () =>
        {
            var report = await store.History.VerifyAsync();
            return report.IsIntact ? report.Events : throw new InvalidOperationException(report.Violations[0].Message);
        });
    }

    public async Task<PostgresEventStore> OpenAsync() => await PostgresEventStore.OpenAsync(connectionString, TimeProvider.System, Schema);

    public async Task<PostgresEventStore> OpenEmptyAsync()
    {
        var store = await OpenAsync();
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var empty = new NpgsqlCommand($"TRUNCATE {Schema}.events, {Schema}.tree_tiles", connection);
        await empty.ExecuteNonQueryAsync();
        await using var checkpoint = new NpgsqlCommand("CHECKPOINT", connection);
        await checkpoint.ExecuteNonQueryAsync();
        return store;
    }

    /// <summary>A store with so many streams of 1,000 events, and what its table and indexes take on disk.</summary>
    /// <returns>Some of the streams.</returns>
    public async Task<IReadOnlyList<string>> FillAsync(int streams)
    {
        await using var store = await OpenEmptyAsync();
        var names = Enumerable.Range(0, streams).Select(_ => Sample.NewStream()).ToList();
        await store.ImportAsync(Events(names).ToAsyncEnumerable());
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var vacuum = new NpgsqlCommand($"VACUUM ANALYZE {Schema}.events", connection) { CommandTimeout = 0 };
        await vacuum.ExecuteNonQueryAsync();
        await using var size = new NpgsqlCommand($"SELECT pg_table_size('{Schema}.events')::float8 / count(*), pg_indexes_size('{Schema}.events')::float8 / count(*), count(*) FROM {Schema}.events", connection) { CommandTimeout = 0 };
        await using var row = await size.ExecuteReaderAsync();
        await row.ReadAsync();
        Console.WriteLine($"\n{row.GetInt64(2)} events: {row.GetDouble(0):0} bytes each in the table, {row.GetDouble(1):0} in the indexes");
        return [.. names.Take(1000)];
    }

    /// <summary>A log of streams of 1,000 events each, whose events come in turn.</summary>
    public static List<RecordedEvent> MakeLog(int streams)
    {
        var names = Enumerable.Range(0, streams).Select(_ => Sample.NewStream()).ToList();
        return [.. Events(names)];
    }

    private static IEnumerable<RecordedEvent> Events(List<string> streams)
    {
        var position = 0L;
        var hashes = new LogHash[streams.Count];
        for (var version = 1; version <= 1000; version++)
        {
            for (var i = 0; i < streams.Count; i++)
            {
                var item = new RecordedEvent(++position, streams[i], version, Guid.CreateVersion7(), Sample.Type, Sample.DataBytes, Sample.MetadataBytes, DateTimeOffset.UnixEpoch);
                yield return item with { Hash = hashes[i] = EventHash.Of(item, hashes[i]) };
            }
        }
    }

    private static void Deserialise(IReadOnlyList<RecordedEvent> events)
    {
        foreach (var item in events) _ = JsonSerializer.Deserialize(item.Data.Span, SampleJson.Default.SampleEvent);
    }

    internal sealed record SampleEvent([property: JsonPropertyName("attempt")] string Attempt, [property: JsonPropertyName("number")] int Number, [property: JsonPropertyName("text")] string Text);

    [JsonSerializable(typeof(SampleEvent))]
    internal sealed partial class SampleJson : JsonSerializerContext;
}
