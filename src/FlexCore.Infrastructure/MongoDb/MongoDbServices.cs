using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.MongoDb;

/// <summary>Makes <see cref="MongoDbClient"/> available to a program.</summary>
public static class MongoDbServices
{
    /// <summary>Adds a <see cref="MongoDbClient"/> with the options of <c>FlexCore:MongoDb</c>, or of <c>FlexCore:MongoDb:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreMongoDb(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<MongoDbOptions>? configure = null) =>
        ClientRegistration.Add<MongoDbClient, MongoDbOptions>(services, configuration, "MongoDb", name, configure, (called, options, loggers, time) => new MongoDbClient(called, options, loggers, time));
}
