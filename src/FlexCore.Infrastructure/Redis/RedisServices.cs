using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Redis;

/// <summary>Makes <see cref="RedisClient"/> available to a program.</summary>
public static class RedisServices
{
    /// <summary>Adds a <see cref="RedisClient"/> with the options of <c>FlexCore:Redis</c>, or of <c>FlexCore:Redis:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreRedis(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<RedisOptions>? configure = null) =>
        ClientRegistration.Add<RedisClient, RedisOptions>(services, configuration, "Redis", name, configure, (called, options, loggers, time) => new RedisClient(called, options, loggers, time));
}
