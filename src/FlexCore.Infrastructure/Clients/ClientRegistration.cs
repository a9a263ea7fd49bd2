using FlexCore.Infrastructure.Health;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Clients;

/// <summary>Makes a client available to a program: one instance for all who ask, with its options checked at the start and its health looked at.</summary>
internal static class ClientRegistration
{
    /// <summary>The section of a configuration that has all clients.</summary>
    private const string Root = "FlexCore";

    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options in <c>FlexCore:SYSTEM</c>, or <c>FlexCore:SYSTEM:NAME</c> of a named instance.</param>
    /// <param name="system">The section, as <c>Kafka</c>.</param>
    /// <param name="instance">Of a named instance, which is then asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    /// <param name="create">Makes the client, named as people call it.</param>
    public static IServiceCollection Add<TClient, TOptions>(
        IServiceCollection services, IConfiguration configuration, string system, string? instance, Action<TOptions>? configure, Func<string, TOptions, ILoggerFactory, TimeProvider, TClient> create)
        where TClient : SystemClient
        where TOptions : ClientOptions, new() =>
        Add(services, configuration, system, instance, configure, create, static (client, token) => client.CheckHealthAsync(token));

    /// <summary>The same of what need not be a client of a system outside, with what looks at its health.</summary>
    public static IServiceCollection Add<TClient, TOptions>(
        IServiceCollection services, IConfiguration configuration, string system, string? instance, Action<TOptions>? configure, Func<string, TOptions, ILoggerFactory, TimeProvider, TClient> create,
        Func<TClient, CancellationToken, ValueTask<string>> check)
        where TClient : class
        where TOptions : ClientOptions, new()
    {
        var options = AddOptions(services, configuration, system, instance, configure);
        var name = NameOf(system, instance);
        services.TryAddSingleton(provider => new HealthRegistry(provider.GetServices<HealthCheck>(), provider.GetRequiredService<ILogger<HealthRegistry>>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => CheckOf(name, Get<TClient>(provider, instance), check, provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(options).Health));
        return AddInstance(
            services, instance, provider => create(name, provider.GetRequiredService<IOptionsMonitor<TOptions>>().Get(options), provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Adds something of which there may be several.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="instance">The key under which it is asked for; null for the one without a name.</param>
    /// <param name="create">Makes it.</param>
    public static IServiceCollection AddInstance<T>(IServiceCollection services, string? instance, Func<IServiceProvider, T> create)
        where T : class => instance is null ? services.AddSingleton(create) : services.AddKeyedSingleton(instance, (provider, _) => create(provider));

    /// <summary>What <see cref="AddInstance"/> has added.</summary>
    /// <param name="provider">Has it.</param>
    /// <param name="instance">Its key; null or empty for the one without a name.</param>
    public static T Get<T>(IServiceProvider provider, string? instance)
        where T : notnull => string.IsNullOrEmpty(instance) ? provider.GetRequiredService<T>() : provider.GetRequiredKeyedService<T>(instance);

    /// <summary>Reads options when they are first asked for, checks them at the start, and adds the clock and the log that everything here needs.</summary>
    /// <returns>Their name among options of this type.</returns>
    public static string AddOptions<TOptions>(IServiceCollection services, IConfiguration configuration, string system, string? instance, Action<TOptions>? configure)
        where TOptions : ConfiguredOptions
    {
        var path = ConfigurationPath.Combine(instance is null ? [Root, system] : [Root, system, instance]);
        var options = services.AddOptions<TOptions>(instance)
            .Configure(options =>
            {
                OptionsReader.Read(configuration.GetSection(path), options, options.Unread, hasInstances: instance is null);
                configure?.Invoke(options);
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new OptionsValidator<TOptions>(options.Name, path));
        services.TryAddSingleton(TimeProvider.System);
        services.AddLogging();
        return options.Name;
    }

    /// <summary>What people call an instance.</summary>
    public static string NameOf(string system, string? instance) => (instance is null ? system : $"{system}-{instance}").ToLowerInvariant();

    private static HealthCheck CheckOf<TClient>(string name, TClient client, Func<TClient, CancellationToken, ValueTask<string>> check, ClientHealthOptions options) => new(name, async token => await check(client, token))
    {
        Tags = options.IsNeeded ? HealthTags.Ready : HealthTags.Ready | HealthTags.Optional,
        Timeout = options.Timeout,
        KeptFor = options.KeptFor,
    };

    private sealed class OptionsValidator<TOptions>(string name, string path) : IValidateOptions<TOptions>
        where TOptions : ConfiguredOptions
    {
        public ValidateOptionsResult Validate(string? asked, TOptions options)
        {
            if (asked != name) return ValidateOptionsResult.Skip;
            string[] problems = [.. options.Unread, .. options.Problems().Select(problem => $"{path}:{problem.Key}: {problem.Problem}")];
            return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
