using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Kafka;

/// <summary>Makes <see cref="KafkaClient"/> available to a program.</summary>
public static class KafkaServices
{
    /// <summary>Adds a <see cref="KafkaClient"/> with the options of <c>FlexCore:Kafka</c>, or of <c>FlexCore:Kafka:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreKafka(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<KafkaOptions>? configure = null) =>
        ClientRegistration.Add<KafkaClient, KafkaOptions>(services, configuration, "Kafka", name, configure, (called, options, loggers, time) => new KafkaClient(called, options, loggers, time));
}
