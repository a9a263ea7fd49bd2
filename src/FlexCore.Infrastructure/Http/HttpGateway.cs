using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Http;

/// <summary>All services that the configuration names, each with its own addresses, limits, breaker and health: who calls one needs to know no more than its name.</summary>
public sealed class HttpGateway
{
    private readonly IServiceProvider _services;

    internal HttpGateway(IServiceProvider services, IReadOnlyList<string> names) => (_services, Names) = (services, names);

    /// <summary>The services, in the order of the alphabet.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The client of a service.</summary>
    /// <exception cref="KeyNotFoundException">The configuration has no service of that name.</exception>
    public HttpServiceClient this[string service] => _services.GetKeyedService<HttpServiceClient>(service)
        ?? throw new KeyNotFoundException($"There is no service '{service}': the configuration has {(Names.Count == 0 ? "none" : string.Join(", ", Names))} in FlexCore:Http.");
}
