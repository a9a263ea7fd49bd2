using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>Makes <see cref="RabbitMqClient"/> available to a program.</summary>
public static class RabbitMqServices
{
    /// <summary>Adds a <see cref="RabbitMqClient"/> with the options of <c>FlexCore:RabbitMq</c>, or of <c>FlexCore:RabbitMq:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreRabbitMq(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<RabbitMqOptions>? configure = null) =>
        ClientRegistration.Add<RabbitMqClient, RabbitMqOptions>(services, configuration, "RabbitMq", name, configure, (called, options, loggers, time) => new RabbitMqClient(called, options, loggers, time));
}
