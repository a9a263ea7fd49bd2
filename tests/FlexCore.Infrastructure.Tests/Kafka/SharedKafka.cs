using FlexCore.Infrastructure.Kafka;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Kafka;

/// <summary>A cluster for all tests of a class.</summary>
public sealed class SharedKafka : IDisposable
{
    internal KafkaCluster Cluster { get; } = new();

    public IReadOnlyList<string> Brokers => Cluster.Brokers;

    public KafkaClient Connect(Action<KafkaOptions>? change = null) => Connect(Brokers, change);

    public static KafkaClient Connect(IReadOnlyList<string> brokers, Action<KafkaOptions>? change = null, Lines? log = null)
    {
        var options = new KafkaOptions { Brokers = brokers };
        options.Breaker.Enabled = false;
        options.Consumer.Retry.Delay = TimeSpan.FromMilliseconds(5);

        // The mock cluster learns of a consumer that leaves its group by that alone.
        options.Consumer.SessionTimeout = TimeSpan.FromSeconds(3);
        change?.Invoke(options);
        return new KafkaClient("kafka", options, log is null ? NullLoggerFactory.Instance : new LoggerFactory([log]), TimeProvider.System);
    }

    public void Dispose() => Cluster.Dispose();
}
