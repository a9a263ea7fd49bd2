using FlexCore.Infrastructure.Redis;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FlexCore.Infrastructure.Tests.Redis;

public sealed class RedisClientConformance(SharedRedis redis) : ClientConformance<RedisClient>, IClassFixture<SharedRedis>
{
    protected override string Section => "Redis";

    protected override string Metric => "redis_operation_duration_seconds";

    protected override Dictionary<string, string?> Reachable => new(StringComparer.Ordinal) { ["Connection"] = redis.Server.ConnectionString };

    protected override Dictionary<string, string?> Unreachable => new(StringComparer.Ordinal) { ["Connection"] = "127.0.0.1:1,connectTimeout=500" };

    protected override (string Key, string Value) Mistake => ("Database", "-1");

    protected override IServiceCollection Add(IServiceCollection services, IConfiguration configuration, string? name) => services.AddFlexCoreRedis(configuration, name);

    protected override async Task AskAsync(RedisClient client, CancellationToken cancellationToken) => await client.GetAsync("key", cancellationToken);

    protected override async Task<int> ConnectionsAsync() => int.Parse((await redis.Server.ReadSectionAsync("clients"))["connected_clients"]);
}
