using FlexCore.Infrastructure.MongoDb;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.MongoDb;

public sealed class MongoDbClientConformance(SharedMongoDb mongo) : ClientConformance<MongoDbClient>, IClassFixture<SharedMongoDb>
{
    protected override string Section => "MongoDb";

    protected override string Metric => "mongodb_query_duration_seconds";

    protected override Dictionary<string, string?> Reachable => Options(mongo.Server.Address);

    protected override Dictionary<string, string?> Unreachable => new(Options("mongodb://127.0.0.1:1"), StringComparer.Ordinal) { ["SelectionTimeout"] = "00:00:00.5" };

    protected override (string Key, string Value) Mistake => ("Connection", "mongo.example.com:27017");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreMongoDb(configuration, name);

    protected override async Task AskAsync(MongoDbClient client, CancellationToken cancellationToken) => (await client.FindOneAsync(new MongoDbFind("things"), cancellationToken)).ShouldBeNull();

    protected override Task<int> ConnectionsAsync() => Task.FromResult(mongo.Server.Connections);

    private static Dictionary<string, string?> Options(string address) => new(StringComparer.Ordinal) { ["Connection"] = address, ["Database"] = "shop" };
}
