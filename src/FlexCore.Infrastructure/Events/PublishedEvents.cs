using System.Collections.Concurrent;
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
internal sealed class PublishedEvents : IAsyncDisposable
{
    private const string Client = "bus";

    private readonly IAsyncDisposable _client;
    private readonly EventBus _bus;
    private readonly IReadOnlyList<EventSubscription> _outboxes;
    private readonly ConcurrentDictionary<string, Error> _troubles = new(StringComparer.Ordinal);

    private PublishedEvents(BusSettings settings, (IAsyncDisposable Client, EventBus Bus) connection, Func<string, Action<Error?>, EventSubscription> start)
    {
        (_client, _bus) = connection;
        _outboxes = [.. settings.Categories.Select(category => start(category, trouble => Note(category, trouble)))];
    }

    /// <summary>Begins, for each broker and topic where it has stopped there.</summary>
    /// <exception cref="FlexCoreException">The password is missing.</exception>
    public static PublishedEvents Start(IEventStore store, BusSettings settings, string? environment, string dataDirectory, ILoggerFactory logs, TimeProvider time)
    {
        if (settings.FindMissingPassword() is { } missing) throw new FlexCoreException(missing);
        var (client, transport) = Connect(settings, logs, time);
        var bus = new EventBus(transport, EventBusStore.OnSqlite(Path.Combine(dataDirectory, "bus.db"), time), logs, time);
        var source = new Uri(environment is null ? "/flexcore" : $"/flexcore/{environment}", UriKind.Relative);
        var place = $"bus-{settings.Transport.ToString().ToLowerInvariant()}-{settings.Topic}";
        return new PublishedEvents(settings, (client, bus), (category, told) => Outbox.Start(
            store,
            bus,
            new OutboxOptions($"{place}-{category}", settings.Topic, source) { Filter = new LogFilter(category), TraceParent = recorded => EventCodec.OriginOf(recorded).TraceParent, Told = told },
            time));
    }

    /// <summary>How far it is.</summary>
    /// <returns>In words.</returns>
    /// <exception cref="FlexCoreException">Some cannot be published, now or ever.</exception>
    public async ValueTask<string> DescribeAsync(CancellationToken cancellationToken)
    {
        long behind = 0;
        foreach (var outbox in _outboxes)
        {
            behind = long.Max(behind, (await outbox.GetStatusAsync(cancellationToken)).Lag);
            if (await outbox.ListParkedAsync(maxCount: 1, cancellationToken: cancellationToken) is [var parked])
                throw new FlexCoreException(new Error(ErrorCodes.SystemRequestRefused, $"the event at {parked.Position} cannot be published: {parked.Error}"));
        }

        if (_troubles.Values.FirstOrDefault() is { } trouble) throw new FlexCoreException(new Error(trouble.Code, $"{behind} events behind the log: {trouble.Message}"));
        return $"{behind} events behind the log";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var outbox in _outboxes) await outbox.DisposeAsync();
        await _bus.DisposeAsync();
        await _client.DisposeAsync();
    }

    private void Note(string category, Error? trouble)
    {
        if (trouble is null) _troubles.TryRemove(category, out _);
        else _troubles[category] = trouble;
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
