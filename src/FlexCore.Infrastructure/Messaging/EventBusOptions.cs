using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>What brings the events of a bus.</summary>
public enum EventBusTransport
{
    /// <summary>This process itself: <see cref="InProcessTransport"/>.</summary>
    InProcess,

    /// <summary>Streams of Redis: <see cref="RedisStreamTransport"/>.</summary>
    Redis,

    /// <summary>Kafka: <see cref="KafkaTransport"/>.</summary>
    Kafka,

    /// <summary>RabbitMQ: <see cref="RabbitMqTransport"/>.</summary>
    RabbitMq,
}

/// <summary>What brings the events of a bus, and where it keeps what it has to remember. The section <c>FlexCore:EventBus</c>.</summary>
public sealed class EventBusOptions : ConfiguredOptions
{
    /// <summary>What brings the events.</summary>
    public EventBusTransport Transport { get; set; }

    /// <summary>The client of <c>Redis</c>, <c>Kafka</c> or <c>RabbitMq</c>, where it is a named instance.</summary>
    public string Client { get; set; } = "";

    /// <summary>A file of SQLite for what was handled and what could not be; either this or <c>Postgres</c>.</summary>
    public string File { get; set; } = "";

    /// <summary>A database of PostgreSQL for the same, as Npgsql takes it; for a bus of several machines.</summary>
    public string Postgres { get; set; } = "";

    internal override IEnumerable<(string Key, string Problem)> Problems()
    {
        if (!Enum.IsDefined(Transport)) yield return (nameof(Transport), $"must be one of {string.Join(", ", Enum.GetNames<EventBusTransport>())}");
        if (Transport == EventBusTransport.InProcess && Client.Length > 0) yield return (nameof(Client), $"means nothing to {Transport}");
        if (File.Length == 0 == (Postgres.Length == 0)) yield return (nameof(File), $"or {nameof(Postgres)} must be set, one of them: the bus remembers there what was handled");
    }
}
