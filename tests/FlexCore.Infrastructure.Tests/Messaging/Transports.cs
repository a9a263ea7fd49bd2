using FlexCore.Infrastructure.Kafka;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Infrastructure.Redis;
using FlexCore.Infrastructure.Tests.Kafka;
using FlexCore.Infrastructure.Tests.Postgres;
using FlexCore.Infrastructure.Tests.RabbitMq;
using FlexCore.Infrastructure.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Messaging;

public sealed class InProcessBusConformance : EventBusConformance
{
    private readonly InProcessTransport _only = new();

    protected override IMessageTransport OpenTransport() => _only;
}

public sealed class InProcessBusOverPostgresConformance(SharedPostgres postgres) : EventBusConformance, IClassFixture<SharedPostgres>
{
    private readonly InProcessTransport _only = new();

    protected override IMessageTransport OpenTransport() => _only;

    protected override EventBusStore OpenStore(string folder) => EventBusStore.OnPostgres(postgres.Server.ConnectionString, TimeProvider.System);
}

public sealed class RedisBusConformance(SharedRedis redis) : EventBusConformance, IClassFixture<SharedRedis>
{
    private readonly List<RedisClient> _clients = [];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var client in _clients) await client.DisposeAsync();
    }

    protected override IMessageTransport OpenTransport()
    {
        var client = new RedisClient("redis", new RedisOptions { Connection = redis.Server.ConnectionString }, NullLoggerFactory.Instance, TimeProvider.System);
        _clients.Add(client);
        return new RedisStreamTransport(client, TimeProvider.System);
    }
}

public sealed class RabbitMqBusConformance(SharedRabbitMq rabbit) : EventBusConformance, IClassFixture<SharedRabbitMq>
{
    private readonly List<RabbitMqClient> _clients = [];

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var client in _clients) await client.DisposeAsync();
    }

    protected override IMessageTransport OpenTransport()
    {
        var client = SharedRabbitMq.Connect(rabbit.Server.Address);
        _clients.Add(client);
        return new RabbitMqTransport(client, TimeProvider.System);
    }
}

public sealed class KafkaBusConformance(SharedKafka kafka) : EventBusConformance, IClassFixture<SharedKafka>
{
    // The mock cluster cannot have a group forgotten.
    private static readonly string? Real = Environment.GetEnvironmentVariable("FLEXCORE_TEST_KAFKA");

    private readonly List<KafkaClient> _clients = [];

    protected override bool ForgetsGroups => Real is not null;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var client in _clients) await client.DisposeAsync();
    }

    protected override IMessageTransport OpenTransport()
    {
        var client = SharedKafka.Connect(Real?.Split(',') ?? kafka.Brokers, options => options.Consumer.CommitInterval = TimeSpan.Zero);
        _clients.Add(client);
        return new KafkaTransport(client, TimeProvider.System);
    }
}
