using Amazon.DynamoDBv2.Model;
using FlexCore.Infrastructure.DynamoDb;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.DynamoDb;

public sealed class DynamoDbClientConformance(SharedDynalite dynalite) : ClientConformance<DynamoDbClient>, IClassFixture<SharedDynalite>, IAsyncLifetime
{
    protected override string Section => "DynamoDb";

    protected override string Metric => CommonMetric;

    protected override Dictionary<string, string?> Reachable => Options(dynalite.Server.Address);

    protected override Dictionary<string, string?> Unreachable => Options("http://127.0.0.1:1");

    protected override (string Key, string Value) Mistake => ("Endpoint", "dynamodb.example.com");

    public async ValueTask InitializeAsync()
    {
        await using var program = Start(Reachable);
        await program.GetRequiredService<DynamoDbClient>().CreateTableAsync("things", "id", sortKey: null, Token);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreDynamoDb(configuration, name);

    protected override async Task AskAsync(DynamoDbClient client, CancellationToken cancellationToken) =>
        await client.GetAsync("things", new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["id"] = new("1") }, isConsistent: false, cancellationToken);

    protected override Task<int> ConnectionsAsync() => Task.FromResult(dynalite.Server.Connections);

    private static Dictionary<string, string?> Options(string address) => new(StringComparer.Ordinal) { ["Endpoint"] = address, ["AccessKey"] = "key", ["SecretKey"] = "secret" };
}
