using System.Text;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>A message to send.</summary>
/// <param name="Topic">Where to.</param>
/// <param name="Value">What it says; null deletes what the key stands for, in a topic that is compacted.</param>
public sealed record KafkaMessage(string Topic, ReadOnlyMemory<byte>? Value)
{
    /// <summary>Messages with the same key go to the same partition, and stay in their order. Null for any partition.</summary>
    public ReadOnlyMemory<byte>? Key { get; init; }

    /// <summary>Headers, in their order; a name may be there more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Headers { get; init; } = [];

    /// <summary>The partition; null for the one of the key.</summary>
    public int? Partition { get; init; }

    /// <summary>When what it tells of has happened; null for now.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>A message of texts, as UTF-8.</summary>
    public static KafkaMessage Of(string topic, string? key, string value)
    {
        var message = new KafkaMessage(topic, Encoding.UTF8.GetBytes(value));
        return key is null ? message : message with { Key = Encoding.UTF8.GetBytes(key) };
    }
}

/// <summary>Where a message is.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition, counted from 0.</param>
/// <param name="Offset">Its number in the partition.</param>
public readonly record struct KafkaPosition(string Topic, int Partition, long Offset);

/// <summary>A message that was received.</summary>
/// <param name="Position">Where it is.</param>
/// <param name="Key">Its key; null where it has none.</param>
/// <param name="Value">What it says; null deletes what the key stands for, in a topic that is compacted.</param>
/// <param name="Headers">Its headers, in their order.</param>
/// <param name="Timestamp">When what it tells of has happened, or when the broker took it, as the topic has it.</param>
public sealed record KafkaRecord(
    KafkaPosition Position, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>> Headers, DateTimeOffset Timestamp)
{
    /// <summary>How often it is handled with this attempt, counted from 1 by this consumer.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The value as text in UTF-8; empty where there is none.</summary>
    public string Text => Value is { } value ? Encoding.UTF8.GetString(value.Span) : "";
}
