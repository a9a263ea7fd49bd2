using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Vault;

/// <summary>Makes <see cref="VaultClient"/> available to a program.</summary>
public static class VaultServices
{
    /// <summary>Adds a <see cref="VaultClient"/> with the options of <c>FlexCore:Vault</c>, or of <c>FlexCore:Vault:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreVault(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<VaultOptions>? configure = null) =>
        ClientRegistration.Add<VaultClient, VaultOptions>(services, configuration, "Vault", name, configure, (called, options, loggers, time) => new VaultClient(called, options, loggers, time));
}
