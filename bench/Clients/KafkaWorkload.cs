using System.Diagnostics;
using System.Diagnostics.Metrics;
using Confluent.Kafka;
using FlexCore.Infrastructure.Kafka;
using FlexCore.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Clients.Benchmarks;

/// <summary>Sending: the driver with its own tasks, and our client, with the same settings; somebody listens to the metrics of ours, as a program's exporter does.</summary>
internal static class KafkaWorkload
{
    private const int Callers = 50;
    private const int Batch = 1000;

    public static async Task RunAsync(int rounds, int messages)
    {
        using var cluster = new KafkaCluster();
        using var driver = new ProducerBuilder<byte[]?, byte[]>(new ProducerConfig
        {
            BootstrapServers = string.Join(',', cluster.Brokers), EnableIdempotence = true, Acks = Acks.All, LingerMs = 0,
        }).Build();
        var settings = cluster.Brokers.Select((broker, i) => KeyValuePair.Create($"FlexCore:Kafka:Brokers:{i}", (string?)broker)).Append(KeyValuePair.Create("FlexCore:Kafka:Linger", (string?)"00:00:00"));
        await using var program = new ServiceCollection().AddFlexCoreKafka(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        var client = program.GetRequiredService<KafkaClient>();
        using var metrics = Listen();
        var value = new byte[100];

        await CompareAsync($"{Callers} callers", rounds, messages, () => CallAsync(messages, () => driver.ProduceAsync("callers", new Message<byte[]?, byte[]> { Value = value })),
            () => CallAsync(messages, async () => await client.SendAsync(new KafkaMessage("callers", value), CancellationToken.None)));

        await CompareAsync($"{Batch} under way", rounds, messages, () => WaveAsync(messages, () => driver.ProduceAsync("waves", new Message<byte[]?, byte[]> { Value = value })),
            () => WaveAsync(messages, async () => await client.SendAsync(new KafkaMessage("waves", value), CancellationToken.None)));

        var batch = Enumerable.Repeat(new KafkaMessage("batches", value), Batch).ToArray();
        await CompareAsync($"{Batch} at a time", rounds, messages, () => WaveAsync(messages, () => driver.ProduceAsync("batches", new Message<byte[]?, byte[]> { Value = value })), async () =>
        {
            for (var sent = 0; sent < messages; sent += Batch) await client.SendManyAsync(batch, CancellationToken.None);
        });
    }

    private static async Task CompareAsync(string what, int rounds, int messages, Func<Task> bare, Func<Task> ours)
    {
        List<double> bares = [], mine = [], ratios = [];
        for (var round = -1; round < rounds; round++)
        {
            var (theirs, our) = (await RateAsync(bare, messages), await RateAsync(ours, messages));
            if (round < 0) continue; // warm
            bares.Add(theirs);
            mine.Add(our);
            ratios.Add(our / theirs);
        }

        Console.WriteLine($"{what}: driver {Text(bares, "N0")} messages/s, FlexCore {Text(mine, "N0")}; ratio pair by pair {Text(ratios, "N2")}");
    }

    private static async Task<double> RateAsync(Func<Task> send, int messages)
    {
        GC.Collect();
        var began = Stopwatch.GetTimestamp();
        await send();
        return messages / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static async Task CallAsync(int messages, Func<Task> send) => await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
    {
        for (var sent = 0; sent < messages / Callers; sent++) await send();
    }));

    private static async Task WaveAsync(int messages, Func<Task> send)
    {
        for (var sent = 0; sent < messages; sent += Batch) await Task.WhenAll(Enumerable.Range(0, Batch).Select(_ => send()));
    }

    private static string Text(List<double> values, string format)
    {
        values.Sort();
        return $"{values[values.Count / 2].ToString(format)} ({values[0].ToString(format)} to {values[^1].ToString(format)})";
    }

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "FlexCore.Clients") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        listener.Start();
        return listener;
    }
}
