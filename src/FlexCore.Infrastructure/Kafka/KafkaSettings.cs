using Confluent.Kafka;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>The options as the driver takes them (https://github.com/confluentinc/librdkafka/blob/v2.0.2/CONFIGURATION.md).</summary>
internal static class KafkaSettings
{
    public static ProducerConfig OfProducer(KafkaOptions options)
    {
        return new ProducerConfig(Common(options))
        {
            Acks = options.Acks == KafkaAcks.All ? Acks.All : Acks.Leader,
            EnableIdempotence = options.Idempotent,
            CompressionType = Enum.Parse<CompressionType>(options.Compression.ToString()),
            LingerMs = options.Linger.TotalMilliseconds,
            MessageMaxBytes = options.MaxMessageBytes,
            MessageTimeoutMs = (int)Math.Ceiling(options.DriverTimeout.TotalMilliseconds),

            // The sender knows the rest.
            DeliveryReportFields = "status",
        };
    }

    public static ProducerConfig OfTransactions(KafkaOptions options)
    {
        var settings = OfProducer(options);
        settings.TransactionalId = options.TransactionalId;
        settings.TransactionTimeoutMs = settings.MessageTimeoutMs;
        return settings;
    }

    public static ConsumerConfig OfConsumer(KafkaOptions options, string group)
    {
        var session = (int)options.Consumer.SessionTimeout.TotalMilliseconds;
        return new ConsumerConfig(Common(options))
        {
            GroupId = group,
            AutoOffsetReset = options.Consumer.Start == KafkaStart.Earliest ? AutoOffsetReset.Earliest : AutoOffsetReset.Latest,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
            SessionTimeoutMs = session,
            HeartbeatIntervalMs = Math.Max(1, Math.Min(3000, session / 3)),

            // Consumers keep what they have when others come and go.
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            MessageMaxBytes = options.MaxMessageBytes,
        };
    }

    private static ClientConfig Common(KafkaOptions options)
    {
        var security = options.Security;
        var settings = new ClientConfig
        {
            BootstrapServers = string.Join(',', options.Brokers),
            ClientId = options.ClientId,
            SecurityProtocol = (security.Tls, security.User.Length > 0) switch
            {
                (true, true) => SecurityProtocol.SaslSsl,
                (true, false) => SecurityProtocol.Ssl,
                (false, true) => SecurityProtocol.SaslPlaintext,
                _ => SecurityProtocol.Plaintext,
            },
        };
        if (security.CaFile.Length > 0) settings.SslCaLocation = security.CaFile;
        if (security.User.Length == 0) return settings;
        (settings.SaslUsername, settings.SaslPassword) = (security.User, security.Password);
        settings.SaslMechanism = security.Mechanism switch
        {
            KafkaMechanism.Plain => SaslMechanism.Plain,
            KafkaMechanism.ScramSha256 => SaslMechanism.ScramSha256,
            _ => SaslMechanism.ScramSha512,
        };
        return settings;
    }
}
