using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Infrastructure.SqlServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        var path = ConfigurationPath.Combine(name is null ? ["FlexCore", "Persistence"] : ["FlexCore", "Persistence", name]);
        var options = services.AddOptions<PersistenceOptions>(name)
            .Configure(options =>
            {
                OptionsReader.Read(configuration.GetSection(path), options, options.Unread, hasInstances: name is null);
                configure?.Invoke(options);
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PersistenceOptions>>(new Validator(options.Name, path));
        services.TryAddSingleton(TimeProvider.System);
        return name is null ? services.AddSingleton(Create) : services.AddKeyedSingleton(name, (provider, _) => Create(provider));

        IEntityStore Create(IServiceProvider provider) => Open(provider.GetRequiredService<IOptionsMonitor<PersistenceOptions>>().Get(options.Name), provider);
    }

    private static IEntityStore Open(PersistenceOptions options, IServiceProvider provider)
    {
        return options.Kind switch
        {
            EntityStoreKind.JsonFile => new JsonFileStore(options.Path, provider.GetRequiredService<TimeProvider>()),
            EntityStoreKind.JsonFolder => new JsonFolderStore(options.Path, provider.GetRequiredService<TimeProvider>()),
            EntityStoreKind.Sqlite => new SqliteEntityStore(options.Path, options.Table),
            EntityStoreKind.Postgres => new PostgresEntityStore(Client<PostgresClient>(), options.Table),
            EntityStoreKind.SqlServer => new SqlServerEntityStore(Client<SqlServerClient>(), options.Table),
            _ => new DynamoDbEntityStore(Client<DynamoDbClient>(), options.Table, provider.GetRequiredService<TimeProvider>()),
        };

        T Client<T>()
            where T : notnull => options.Client.Length == 0 ? provider.GetRequiredService<T>() : provider.GetRequiredKeyedService<T>(options.Client);
    }

    private sealed class Validator(string name, string path) : IValidateOptions<PersistenceOptions>
    {
        public ValidateOptionsResult Validate(string? asked, PersistenceOptions options)
        {
            if (asked != name) return ValidateOptionsResult.Skip;
            string[] problems = [.. options.Unread, .. options.Problems().Select(problem => $"{path}:{problem.Key}: {problem.Problem}")];
            return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
