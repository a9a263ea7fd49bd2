using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.DynamoDb;

/// <summary>Makes <see cref="DynamoDbClient"/> available to a program.</summary>
public static class DynamoDbServices
{
    /// <summary>Adds a <see cref="DynamoDbClient"/> with the options of <c>FlexCore:DynamoDb</c>, or of <c>FlexCore:DynamoDb:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreDynamoDb(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<DynamoDbOptions>? configure = null) =>
        ClientRegistration.Add<DynamoDbClient, DynamoDbOptions>(services, configuration, "DynamoDb", name, configure, (called, options, loggers, time) => new DynamoDbClient(called, options, loggers, time));
}
