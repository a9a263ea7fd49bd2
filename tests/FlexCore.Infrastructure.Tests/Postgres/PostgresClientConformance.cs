using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Postgres;

public sealed class PostgresClientConformance(SharedPostgres postgres) : ClientConformance<PostgresClient>, IClassFixture<SharedPostgres>
{
    private readonly string _application = $"{Guid.NewGuid():N}";

    protected override string Section => "Postgres";

    protected override string Metric => CommonMetric;

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Connection"] = $"{postgres.Server.ConnectionString};Application Name={_application}" };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Connection"] = "Host=127.0.0.1;Port=1;Username=postgres" };

    protected override (string Key, string Value) Mistake => ("Connection", "Host=db;Prot=5432");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCorePostgres(configuration, name);

    protected override async Task AskAsync(PostgresClient client, CancellationToken cancellationToken) => await client.ScalarAsync<int>(new SqlStatement("SELECT 1") { MayRepeat = true }, cancellationToken);

    protected override async Task<int> ConnectionsAsync()
    {
        await using var other = SharedPostgres.Connect(postgres.Server.ConnectionString);
        return await other.ScalarAsync<int>(new SqlStatement("SELECT count(*)::int FROM pg_stat_activity WHERE application_name = $1", _application), Token);
    }
}
