using FlexCore.Infrastructure.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.KeyVault;

/// <summary>Makes <see cref="KeyVaultClient"/> available to a program.</summary>
public static class KeyVaultServices
{
    /// <summary>Adds a <see cref="KeyVaultClient"/> with the options of <c>FlexCore:KeyVault</c>, or of <c>FlexCore:KeyVault:NAME</c>, and looks at its health.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreKeyVault(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<KeyVaultOptions>? configure = null) =>
        ClientRegistration.Add<KeyVaultClient, KeyVaultOptions>(services, configuration, "KeyVault", name, configure, (called, options, loggers, time) => new KeyVaultClient(called, options, loggers, time));
}
