namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>A message to publish. It is kept on disk wherever the queue is.</summary>
/// <param name="Exchange">Where to; empty for the exchange that brings it to the queue which is called like its routing key.</param>
/// <param name="RoutingKey">By what the exchange chooses the queues.</param>
/// <param name="Body">What it says.</param>
public sealed record RabbitMqMessage(string Exchange, string RoutingKey, ReadOnlyMemory<byte> Body)
{
    /// <summary>The media type of its body; null says nothing of it.</summary>
    public string? ContentType { get; init; }

    /// <summary>Its name, by which a receiver may tell that it has come before.</summary>
    public string? Id { get; init; }

    /// <summary>Headers: texts, numbers, bytes.</summary>
    public IReadOnlyDictionary<string, object?> Headers { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>Whether it is a failure that no queue takes it; else it is then gone, and counts as published.</summary>
    public bool IsMandatory { get; init; }
}

/// <summary>How an exchange chooses queues.</summary>
public enum RabbitMqExchangeKind
{
    /// <summary>All that are bound to it.</summary>
    Fanout,

    /// <summary>Those that are bound by the routing key itself.</summary>
    Direct,

    /// <summary>Those that are bound by a pattern of it.</summary>
    Topic,
}

/// <summary>How a queue is kept.</summary>
public enum RabbitMqQueueKind
{
    /// <summary>As the virtual host says (<c>default_queue_type</c>); where that says nothing, a classic queue.</summary>
    AsServerSays,

    /// <summary>On the disk of one node.</summary>
    Classic,

    /// <summary>On the disks of several nodes of a cluster.</summary>
    Quorum,
}

/// <summary>A queue, which outlives the server's restart.</summary>
/// <param name="Name">Its name.</param>
public sealed record RabbitMqQueue(string Name)
{
    /// <summary>Whether of several consumers only one receives, and the next takes over when that one is gone; so messages stay in their order.</summary>
    public bool HasSingleConsumer { get; init; }

    /// <summary>Where messages go that a consumer has rejected for good; empty for nowhere.</summary>
    public string DeadLetterExchange { get; init; } = "";

    /// <summary>How it is kept.</summary>
    public RabbitMqQueueKind Kind { get; init; }
}
