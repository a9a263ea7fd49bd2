using Confluent.Kafka;
using FlexCore.Infrastructure.Kafka;
using FlexCore.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Clients.Benchmarks;

/// <summary>Messages of 100 bytes to librdkafka's mock cluster in this process: one by one, and a thousand at a time. Each is waited for. Both with the same settings, and without a pause for more.</summary>
internal static class KafkaSending
{
    private const int Many = 1000;

    public static async Task RunAsync(int rounds)
    {
        using var cluster = new KafkaCluster();
        using var driver = new ProducerBuilder<byte[]?, byte[]>(new ProducerConfig { BootstrapServers = string.Join(',', cluster.Brokers), EnableIdempotence = true, Acks = Acks.All, LingerMs = 0 })
            .SetLogHandler((_, _) => { }).Build();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:Kafka:Linger"] = "00:00:00" };
        for (var i = 0; i < cluster.Brokers.Count; i++) settings[$"FlexCore:Kafka:Brokers:{i}"] = cluster.Brokers[i];
        await using var program = new ServiceCollection().AddFlexCoreKafka(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        var client = program.GetRequiredService<KafkaClient>();
        var value = new byte[100];
        var messages = Enumerable.Repeat(new KafkaMessage("many", value), Many).ToArray();

        await Callers.CompareAsync("Kafka send", rounds, async () => await driver.ProduceAsync("one", new Message<byte[]?, byte[]> { Value = value }), async () => await client.SendAsync(new KafkaMessage("one", value), CancellationToken.None));
        await Callers.CompareAsync($"Kafka send of {Many}", rounds, async () => await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => driver.ProduceAsync("many", new Message<byte[]?, byte[]> { Value = value }))),
            async () => await client.SendManyAsync(messages, CancellationToken.None));
    }
}
