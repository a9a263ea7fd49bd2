using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>When a message counts as delivered.</summary>
public enum KafkaAcks
{
    /// <summary>All replicas that are in sync have it.</summary>
    All,

    /// <summary>The leader of its partition has it, and may lose it when it dies before the others have it.</summary>
    Leader,
}

/// <summary>How messages are packed.</summary>
public enum KafkaCompression
{
    /// <summary>As they are.</summary>
    None,

    /// <summary>By gzip.</summary>
    Gzip,

    /// <summary>By Snappy.</summary>
    Snappy,

    /// <summary>By LZ4.</summary>
    Lz4,

    /// <summary>By Zstandard.</summary>
    Zstd,
}

/// <summary>How a Kafka cluster is reached. The section <c>FlexCore:Kafka</c>.</summary>
public sealed class KafkaOptions : ClientOptions
{
    /// <summary>Some of the brokers, which know the others: <c>kafka-1:9092</c>.</summary>
    public IReadOnlyList<string> Brokers { get; set; } = [];

    /// <summary>What brokers call this program in their logs, metrics and quotas.</summary>
    public string ClientId { get; set; } = "flexcore";

    /// <summary>How brokers know who asks, and how the connection is kept from others.</summary>
    public KafkaSecurityOptions Security { get; set; } = new();

    /// <summary>Topics that the program cannot do without: its health says which of them are not there, or have a partition without a leader.</summary>
    public IReadOnlyList<string> Topics { get; set; } = [];

    /// <summary>When a message counts as delivered.</summary>
    public KafkaAcks Acks { get; set; }

    /// <summary>Whether the cluster keeps each message once and in the order of its partition, even where the driver sends it again. Wants <see cref="Acks"/> to be All.</summary>
    public bool Idempotent { get; set; } = true;

    /// <summary>The name under which transactions are made, which only one process may use at a time; without it there are none.</summary>
    public string TransactionalId { get; set; } = "";

    /// <summary>How messages are packed.</summary>
    public KafkaCompression Compression { get; set; }

    /// <summary>How long a message waits for others that are sent with it.</summary>
    public TimeSpan Linger { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest message that is sent, in bytes. The topic has a limit of its own (<c>max.message.bytes</c>).</summary>
    public int MaxMessageBytes { get; set; } = 1_000_000;

    /// <summary>How messages are received.</summary>
    public KafkaConsumerOptions Consumer { get; set; } = new();

    /// <summary>How long the driver tries: it ends before <see cref="ClientOptions.Timeout"/>, for it knows what was wrong.</summary>
    internal TimeSpan DriverTimeout => Timeout * 0.9;

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (Brokers.Count == 0) yield return (nameof(Brokers), "is missing; it lists brokers as kafka-1:9092");
        if (Brokers.Any(broker => !IsAddress(broker))) yield return (nameof(Brokers), "has something that is no address as kafka-1:9092");
        if (ClientId.Length == 0) yield return (nameof(ClientId), "must not be empty");
        if (Topics.Any(string.IsNullOrWhiteSpace)) yield return (nameof(Topics), "has an empty name");
        if (Idempotent && Acks != KafkaAcks.All) yield return (nameof(Acks), "must be All, as Idempotent is true");
        if (TransactionalId.Length > 0 && !Idempotent) yield return (nameof(Idempotent), "must be true, as TransactionalId is set");
        if (Linger < TimeSpan.Zero || Linger > TimeSpan.FromMinutes(1)) yield return (nameof(Linger), "must be 0 to one minute");
        else if (Linger > Timeout / 2) yield return (nameof(Linger), "must be at most half of Timeout");
        if (MaxMessageBytes is < 1000 or > 1_000_000_000) yield return (nameof(MaxMessageBytes), "must be 1000 to 1000000000");
        foreach (var (key, problem) in Security.Problems()) yield return ($"{nameof(Security)}:{key}", problem);
        foreach (var (key, problem) in Consumer.Problems()) yield return ($"{nameof(Consumer)}:{key}", problem);
    }

    // A comma would make two of it, in the driver.
    private static bool IsAddress(string broker) => broker.LastIndexOf(':') is > 0 and var colon && ushort.TryParse(broker.AsSpan(colon + 1), out _) && !broker.Contains(',', StringComparison.Ordinal) && !broker.Contains('/', StringComparison.Ordinal);
}
