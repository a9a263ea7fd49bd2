using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Kafka;
using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Messaging;

/// <summary>Makes <see cref="EventBus"/> available to a program.</summary>
public static class EventBusServices
{
    /// <summary>Adds an <see cref="EventBus"/> with the options of <c>FlexCore:EventBus</c>, or of <c>FlexCore:EventBus:NAME</c>. The client of its broker is added by its own method.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreEventBus(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<EventBusOptions>? configure = null)
    {
        var options = ClientRegistration.AddOptions(services, configuration, "EventBus", name, configure);
        return ClientRegistration.AddInstance(services, name, provider => Open(provider, provider.GetRequiredService<IOptionsMonitor<EventBusOptions>>().Get(options)));
    }

    private static EventBus Open(IServiceProvider provider, EventBusOptions options)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        IMessageTransport transport = options.Transport switch
        {
            EventBusTransport.Redis => new RedisStreamTransport(ClientRegistration.Get<RedisClient>(provider, options.Client), time),
            EventBusTransport.Kafka => new KafkaTransport(ClientRegistration.Get<KafkaClient>(provider, options.Client), time),
            EventBusTransport.RabbitMq => new RabbitMqTransport(ClientRegistration.Get<RabbitMqClient>(provider, options.Client), time),
            _ => new InProcessTransport(),
        };
        var store = options.Postgres.Length > 0 ? EventBusStore.OnPostgres(options.Postgres, time) : EventBusStore.OnSqlite(options.File, time);
        return new EventBus(transport, store, provider.GetRequiredService<ILoggerFactory>(), time);
    }
}
