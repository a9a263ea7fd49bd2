using FlexCore.Infrastructure.Resilience;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>Where a group begins that has not committed anything yet.</summary>
public enum KafkaStart
{
    /// <summary>With the oldest message that is there.</summary>
    Earliest,

    /// <summary>With what comes from now on.</summary>
    Latest,
}

/// <summary>How messages are received.</summary>
public sealed class KafkaConsumerOptions
{
    /// <summary>Where a group begins that has not committed anything yet.</summary>
    public KafkaStart Start { get; set; }

    /// <summary>How a message is handled again when its handler fails; after the last attempt it goes to the dead letters. Messages behind it in the same partition wait.</summary>
    public RetryOptions Retry { get; set; } = new() { Attempts = 5 };

    /// <summary>What is put behind the name of a topic to name that of its dead letters. Empty for none: the consumer then ends with the failure, and the message stays where it is.</summary>
    public string DeadLetterSuffix { get; set; } = ".dead-letters";

    /// <summary>How often what was handled is committed at most: after a crash, as much is handled again. 0 for after each message.</summary>
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>After how long without a sign of life the group gives a consumer's partitions to others.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long the messages under way may take to their end when the consumer stops or loses their partition, before they are cancelled.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many messages of a partition may wait in memory for the handler.</summary>
    public int MaxWaiting { get; set; } = 200;

    internal IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var (key, problem) in Attempts.ProblemsOf(Retry)) yield return (key, problem);
        if (CommitInterval < TimeSpan.Zero || CommitInterval > TimeSpan.FromHours(1)) yield return (nameof(CommitInterval), "must be 0 to one hour");
        if (SessionTimeout < TimeSpan.FromSeconds(1) || SessionTimeout > TimeSpan.FromHours(1)) yield return (nameof(SessionTimeout), "must be one second to one hour");
        if (DrainTimeout < TimeSpan.Zero || DrainTimeout > TimeSpan.FromMinutes(4)) yield return (nameof(DrainTimeout), "must be 0 to four minutes");
        if (MaxWaiting is < 1 or > 100_000) yield return (nameof(MaxWaiting), "must be 1 to 100000");
    }
}
