using FlexCore.Infrastructure.ScyllaDb;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Infrastructure.Tests.DynamoDb;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.ScyllaDb;

/// <summary>Against dynalite, which stands in for ScyllaDB: it speaks the protocol that Alternator speaks.</summary>
public sealed class ScyllaDbClientConformance(SharedDynalite dynalite) : ClientConformance<ScyllaDbClient>, IClassFixture<SharedDynalite>, IAsyncLifetime
{
    protected override string Section => "ScyllaDb";

    protected override string Metric => "scylladb_query_duration_seconds";

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Addresses:0"] = dynalite.Server.Address };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Addresses:0"] = "http://127.0.0.1:1" };

    protected override (string Key, string Value) Mistake => ("Addresses:0", "scylla");

    public async ValueTask InitializeAsync()
    {
        await using var program = Start(Reachable);
        await program.GetRequiredService<ScyllaDbClient>().CreateTableAsync("things", Token);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreScyllaDb(configuration, name);

    protected override async Task AskAsync(ScyllaDbClient client, CancellationToken cancellationToken)
    {
        var from = DateTimeOffset.UnixEpoch;
        await foreach (var _ in client.ReadAsync("things", "nothing", from, from.AddHours(1), ScyllaConsistency.Eventual, cancellationToken)) Assert.Fail("there is nothing to read");
    }

    protected override Task<int> ConnectionsAsync() => Task.FromResult(dynalite.Server.Connections);
}
