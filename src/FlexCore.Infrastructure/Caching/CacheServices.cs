using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Caching;

/// <summary>Makes <see cref="Cache"/> available to a program.</summary>
public static class CacheServices
{
    private const string Section = "Cache";

    /// <summary>Adds a <see cref="Cache"/> with the options of <c>FlexCore:Cache</c>, or of <c>FlexCore:Cache:NAME</c>. One that is shared needs the Redis of its options, added by <c>AddFlexCoreRedis</c>.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCoreCache(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<CacheOptions>? configure = null)
    {
        var options = ClientRegistration.AddOptions(services, configuration, Section, name, configure);
        return ClientRegistration.AddInstance(services, name, Create);

        Cache Create(IServiceProvider provider)
        {
            var settings = provider.GetRequiredService<IOptionsMonitor<CacheOptions>>().Get(options);
            return new Cache(ClientRegistration.NameOf(Section, name), settings, RedisOf(provider, settings), provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>());
        }
    }

    /// <summary>Adds a <see cref="CachedSource{TQuestion, T}"/> whose answers are kept as a strategy says.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="cache">The name of the cache; null for the one without a name.</param>
    public static IServiceCollection AddFlexCoreCacheStrategy<TStrategy, TQuestion, T>(this IServiceCollection services, string? cache = null)
        where TStrategy : CacheStrategy<TQuestion, T>
    {
        services.TryAddSingleton<TStrategy>();
        return services.AddSingleton(provider => new CachedSource<TQuestion, T>(
            ClientRegistration.Get<Cache>(provider, cache), provider.GetRequiredService<TStrategy>()));
    }

    private static RedisClient? RedisOf(IServiceProvider provider, CacheOptions options) => options.Shared ? ClientRegistration.Get<RedisClient>(provider, options.Redis) : null;
}
