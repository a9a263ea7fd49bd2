using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.ScyllaDb;

/// <summary>Makes <see cref="ScyllaDbClient"/> available to a program.</summary>
public static class ScyllaDbServices
{
    /// <summary>Adds a <see cref="ScyllaDbClient"/> with the options of <c>FlexCore:ScyllaDb</c>, or of <c>FlexCore:ScyllaDb:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreScyllaDb(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<ScyllaDbOptions>? configure = null) =>
        ClientRegistration.Add<ScyllaDbClient, ScyllaDbOptions>(services, configuration, "ScyllaDb", name, configure, (called, options, loggers, time) => new ScyllaDbClient(called, options, loggers, time));
}
