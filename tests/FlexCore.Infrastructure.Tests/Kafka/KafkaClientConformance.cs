using System.Net.NetworkInformation;
using FlexCore.Infrastructure.Kafka;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Kafka;

public sealed class KafkaClientConformance(SharedKafka kafka) : ClientConformance<KafkaClient>, IClassFixture<SharedKafka>
{
    protected override string Section => "Kafka";

    /// <summary>What is sent has a metric of its own: <see cref="KafkaClientTests"/>.</summary>
    protected override string Metric => CommonMetric;

    protected override string CommonMetric => "messaging.client.operation.duration";

    protected override Dictionary<string, string?> Reachable => kafka.Brokers.Select((broker, i) => ($"Brokers:{i}", broker)).ToDictionary(pair => pair.Item1, string? (pair) => pair.broker, StringComparer.Ordinal);

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Brokers:0"] = "127.0.0.1:1" };

    protected override (string Key, string Value) Mistake => ("Acks", "Leader");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreKafka(configuration, name);

    protected override async Task AskAsync(KafkaClient client, CancellationToken cancellationToken) => (await client.CountPartitionsAsync("conformance", cancellationToken)).ShouldBe(4);

    /// <summary>One for each broker that any client has to do with.</summary>
    protected override Task<int> ConnectionsAsync()
    {
        var ports = kafka.Brokers.Select(broker => int.Parse(broker.Split(':')[1])).ToHashSet();
        return Task.FromResult(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(connection => connection.State == TcpState.Established && ports.Contains(connection.RemoteEndPoint.Port)));
    }
}
