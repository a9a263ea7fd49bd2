using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Postgres;

/// <summary>Makes <see cref="PostgresClient"/> available to a program.</summary>
public static class PostgresServices
{
    /// <summary>Adds a <see cref="PostgresClient"/> with the options of <c>FlexCore:Postgres</c>, or of <c>FlexCore:Postgres:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCorePostgres(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<PostgresOptions>? configure = null) =>
        ClientRegistration.Add<PostgresClient, PostgresOptions>(services, configuration, "Postgres", name, configure, (called, options, loggers, time) => new PostgresClient(called, options, loggers, time));
}
