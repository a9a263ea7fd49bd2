using System.Reflection;
using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Http;

/// <summary>Makes <see cref="HttpServiceClient"/> and <see cref="HttpGateway"/> available to a program.</summary>
public static class HttpServices
{
    /// <summary>Adds a client for the service of <c>FlexCore:Http</c>, or of <c>FlexCore:Http:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreHttp(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<HttpOptions>? configure = null) =>
        ClientRegistration.Add<HttpServiceClient, HttpOptions>(services, configuration, "Http", name, configure, (called, options, loggers, time) => new HttpServiceClient(called, options, loggers, time));

    /// <summary>Adds a client for each service of <c>FlexCore:Http:NAME</c>, and an <see cref="HttpGateway"/> that knows them by name.</summary>
    public static IServiceCollection AddFlexCoreGateway(this IServiceCollection services, IConfiguration configuration)
    {
        var options = typeof(HttpOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        string[] names = [.. configuration.GetSection("FlexCore:Http").GetChildren().Where(child => child.Value is null && !options.Contains(child.Key)).Select(child => child.Key).Order(StringComparer.Ordinal)];
        foreach (var name in names) services.AddFlexCoreHttp(configuration, name);
        return services.AddSingleton(provider => new HttpGateway(provider, names));
    }
}
