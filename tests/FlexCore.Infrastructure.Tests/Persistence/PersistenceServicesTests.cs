using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Persistence;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Infrastructure.SqlServer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Tests.Persistence;

/// <summary>Which store a program gets is a matter of its configuration.</summary>
public sealed class PersistenceServicesTests
{
    [Theory]
    [InlineData("JsonFile", typeof(JsonFileStore), "Path", "entities.json")]
    [InlineData("JsonFolder", typeof(JsonFolderStore), "Path", "entities")]
    [InlineData("Sqlite", typeof(SqliteEntityStore), "Path", "entities.db")]
    [InlineData("Postgres", typeof(PostgresEntityStore), "Client", "")]
    [InlineData("Postgres", typeof(PostgresEntityStore), "Client", "other")]
    [InlineData("DynamoDb", typeof(DynamoDbEntityStore), "Table", "things")]
    public async Task Store_is_what_the_configuration_says(string kind, Type store, string key, string value)
    {
        await using var program = Start(("Kind", kind), (key, value));

        program.GetRequiredService<IEntityStore>().ShouldBeOfType(store);
    }

    [Fact]
    public async Task Several_stores_are_told_apart_by_their_names()
    {
        var configuration = Configure(("Kind", "JsonFolder"), ("Path", "a"), ("drafts:Kind", "JsonFile"), ("drafts:Path", "b"));
        await using var program = new ServiceCollection().AddFlexCorePersistence(configuration).AddFlexCorePersistence(configuration, "drafts").BuildServiceProvider();

        program.GetRequiredService<IEntityStore>().ShouldBeOfType<JsonFolderStore>();
        program.GetRequiredKeyedService<IEntityStore>("drafts").ShouldBeOfType<JsonFileStore>();
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once_with_its_key()
    {
        await using var program = Start(("Kind", "JsonFile"), ("Client", "x"), ("Table", "a;b"), ("Pth", "x"));

        var refused = Should.Throw<OptionsValidationException>(program.GetRequiredService<IEntityStore>);

        string[] keys = ["FlexCore:Persistence:Pth", "FlexCore:Persistence:Path", "FlexCore:Persistence:Client", "FlexCore:Persistence:Table"];
        refused.Failures.Select(failure => failure[..failure.IndexOf(": ", StringComparison.Ordinal)]).ShouldBe(keys);
    }

    private static ServiceProvider Start(params (string Key, string Value)[] options)
    {
        var configuration = Configure(options);
        return new ServiceCollection().AddFlexCorePostgres(configuration).AddFlexCorePostgres(configuration, "other").AddFlexCoreDynamoDb(configuration).AddFlexCoreSqlServer(configuration).AddFlexCorePersistence(configuration).BuildServiceProvider();
    }

    private static IConfiguration Configure(params (string Key, string Value)[] options) => new ConfigurationBuilder()
        .AddInMemoryCollection(options.ToDictionary(option => $"FlexCore:Persistence:{option.Key}", option => (string?)option.Value, StringComparer.Ordinal))
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:Postgres:Connection"] = "Host=db", ["FlexCore:Postgres:other:Connection"] = "Host=other", ["FlexCore:DynamoDb:Region"] = "eu-central-1", ["FlexCore:DynamoDb:AccessKey"] = "key", ["FlexCore:DynamoDb:SecretKey"] = "secret" })
        .Build();
}
