using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Infrastructure.SqlServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Persistence;

/// <summary>Makes an <see cref="IEntityStore"/> available to a program, of the kind that its configuration chooses.</summary>
public static class PersistenceServices
{
    /// <summary>Adds an <see cref="IEntityStore"/> with the options of <c>FlexCore:Persistence</c>, or of <c>FlexCore:Persistence:NAME</c>. The client of a database is added by its own method.</summary>
    /// <param name="services">Get it.</param>
    /// <param name="configuration">Has the options.</param>
    /// <param name="name">Of one among several, which is asked for by this key; null for the one without a name.</param>
    /// <param name="configure">Changes the options after they were read.</param>
    public static IServiceCollection AddFlexCorePersistence(this IServiceCollection services, IConfiguration configuration, string? name = null, Action<PersistenceOptions>? configure = null)
    {
        var options = ClientRegistration.AddOptions(services, configuration, "Persistence", name, configure);
        return ClientRegistration.AddInstance(services, name, provider => Open(provider.GetRequiredService<IOptionsMonitor<PersistenceOptions>>().Get(options), provider));
    }

    private static IEntityStore Open(PersistenceOptions options, IServiceProvider provider)
    {
        return options.Kind switch
        {
            EntityStoreKind.JsonFile => new JsonFileStore(options.Path, provider.GetRequiredService<TimeProvider>()),
            EntityStoreKind.JsonFolder => new JsonFolderStore(options.Path, provider.GetRequiredService<TimeProvider>()),
            EntityStoreKind.Sqlite => new SqliteEntityStore(options.Path, options.Table),
            EntityStoreKind.Postgres => new PostgresEntityStore(ClientRegistration.Get<PostgresClient>(provider, options.Client), options.Table),
            EntityStoreKind.SqlServer => new SqlServerEntityStore(ClientRegistration.Get<SqlServerClient>(provider, options.Client), options.Table),
            _ => new DynamoDbEntityStore(ClientRegistration.Get<DynamoDbClient>(provider, options.Client), options.Table, provider.GetRequiredService<TimeProvider>()),
        };
    }
}
