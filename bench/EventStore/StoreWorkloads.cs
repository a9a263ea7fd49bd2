using System.Text.Json;
using System.Text.Json.Serialization;
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

    public async Task<PostgresEventStore> OpenAsync() => await PostgresEventStore.OpenAsync(connectionString, TimeProvider.System, Schema);

    public async Task<PostgresEventStore> OpenEmptyAsync()
    {
        var store = await OpenAsync();
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var empty = new NpgsqlCommand($"TRUNCATE {Schema}.events", connection);
        await empty.ExecuteNonQueryAsync();
        await using var checkpoint = new NpgsqlCommand("CHECKPOINT", connection);
        await checkpoint.ExecuteNonQueryAsync();
        return store;
    }

    /// <summary>A log of streams of 1,000 events each, whose events come in turn.</summary>
    public static List<RecordedEvent> MakeLog(int streams)
    {
        var names = Enumerable.Range(0, streams).Select(_ => Sample.NewStream()).ToList();
        var log = new List<RecordedEvent>(streams * 1000);
        for (var version = 1; version <= 1000; version++)
        {
            foreach (var name in names) log.Add(new RecordedEvent(log.Count + 1, name, version, Guid.CreateVersion7(), Sample.Type, Sample.DataBytes, Sample.MetadataBytes, DateTimeOffset.UnixEpoch));
        }

        return log;
    }

    private static void Deserialise(IReadOnlyList<RecordedEvent> events)
    {
        foreach (var item in events) _ = JsonSerializer.Deserialize(item.Data.Span, SampleJson.Default.SampleEvent);
    }

    internal sealed record SampleEvent([property: JsonPropertyName("attempt")] string Attempt, [property: JsonPropertyName("number")] int Number, [property: JsonPropertyName("text")] string Text);

    [JsonSerializable(typeof(SampleEvent))]
    internal sealed partial class SampleJson : JsonSerializerContext;
}
