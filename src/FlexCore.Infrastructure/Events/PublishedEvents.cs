using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.EventStore.Subscriptions;
using FlexCore.Infrastructure.Kafka;
using FlexCore.Infrastructure.Messaging;
using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Events;

/// <summary>The events of a project for other programs: an outbox for each category, all over one connection.</summary>
internal sealed class PublishedEvents(IAsyncDisposable client, EventBus bus, IReadOnlyList<EventSubscription> outboxes) : IAsyncDisposable
{
    private const string Client = "bus";

    /// <summary>Begins.</summary>
    public static PublishedEvents Start(IEventStore store, BusSettings settings, string? environment, string dataDirectory, ILoggerFactory logs, TimeProvider time)
    {
        var (client, transport) = Connect(settings, logs, time);
        var bus = new EventBus(transport, EventBusStore.OnSqlite(Path.Combine(dataDirectory, "bus.db"), time), logs, time);
        var source = new Uri(environment is null ? "/flexcore" : $"/flexcore/{environment}", UriKind.Relative);
        return new PublishedEvents(client, bus, [.. settings.Categories.Select(category => Outbox.Start(
            store, bus, new OutboxOptions($"bus-{category}", settings.Topic, source) { Filter = new LogFilter(category), TraceParent = recorded => EventCodec.OriginOf(recorded).TraceParent }, time))]);
    }

    /// <summary>How far it is.</summary>
    /// <returns>In words.</returns>
    /// <exception cref="FlexCoreException">Some could never be published.</exception>
    public async ValueTask<string> DescribeAsync(CancellationToken cancellationToken)
    {
        long behind = 0;
        foreach (var outbox in outboxes)
        {
            behind = long.Max(behind, (await outbox.GetStatusAsync(cancellationToken)).Lag);
            if (await outbox.ListParkedAsync(maxCount: 1, cancellationToken: cancellationToken) is [var parked])
                throw new FlexCoreException(new Error(ErrorCodes.SystemRequestRefused, $"the event at {parked.Position} cannot be published: {parked.Error}"));
        }

        return $"{behind} events behind the log";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var outbox in outboxes) await outbox.DisposeAsync();
        await bus.DisposeAsync();
        await client.DisposeAsync();
    }

    private static (IAsyncDisposable Client, IMessageTransport Transport) Connect(BusSettings settings, ILoggerFactory logs, TimeProvider time)
    {
        switch (settings.Transport)
        {
            case BusTransportKind.Redis:
                var redis = new RedisClient(Client, new RedisOptions { Connection = Redis(settings) }, logs, time);
                return (redis, new RedisStreamTransport(redis, time));
            case BusTransportKind.Kafka:
                var security = new KafkaSecurityOptions { Tls = settings.Tls, User = settings.User, Password = settings.Password };
                var kafka = new KafkaClient(Client, new KafkaOptions { Brokers = settings.Addresses, Security = security }, logs, time);
                return (kafka, new KafkaTransport(kafka, time));
            default:
                var rabbit = new RabbitMqClient(Client, new RabbitMqOptions { Hosts = settings.Addresses, User = settings.User, Password = settings.Password, Tls = settings.Tls }, logs, time);
                return (rabbit, new RabbitMqTransport(rabbit, time));
        }
    }

    private static string Redis(BusSettings settings) =>
        string.Join(',', [.. settings.Addresses, .. settings.Password.Length > 0 ? (string[])[$"password={settings.Password}"] : [], .. settings.Tls ? (string[])["ssl=true"] : []]);
}
