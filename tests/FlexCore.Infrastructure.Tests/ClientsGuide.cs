using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Health;
using FlexCore.Infrastructure.MongoDb;
using FlexCore.Infrastructure.Postgres;
using FlexCore.Infrastructure.Redis;
using FlexCore.Infrastructure.SecretSources;
using FlexCore.Infrastructure.Tests.MongoDb;
using FlexCore.Infrastructure.Tests.Postgres;
using FlexCore.Infrastructure.Tests.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace FlexCore.Infrastructure.Tests;

/// <summary>The examples of docs/guides/clients.md do what it says.</summary>
public sealed class ClientsGuide(SharedRedis redis, SharedPostgres postgres, SharedMongoDb mongoDb) : IClassFixture<SharedRedis>, IClassFixture<SharedPostgres>, IClassFixture<SharedMongoDb>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_instances_are_registered_and_asked_for_by_name()
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:Redis:Connection"] = redis.Server.ConnectionString, ["FlexCore:Redis:sessions:Connection"] = $"{redis.Server.ConnectionString},defaultDatabase=1" };
        await using var program = Register(new ServiceCollection().AddLogging().AddSingleton<Carts>(), new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        await program.GetRequiredService<RedisClient>().SetAsync("cart:7", "apples", expiry: null, Token);
        await program.GetRequiredKeyedService<RedisClient>("sessions").SetAsync("ada", "7", expiry: null, Token);

        ((string?)await program.GetRequiredService<Carts>().FindAsync("ada", Token)).ShouldBe("apples");
        (await program.GetRequiredService<HealthRegistry>().CheckAsync(Token)).Checks.Select(check => (check.Name, check.Status)).ShouldBe([("redis", HealthStatus.Healthy), ("redis-sessions", HealthStatus.Healthy)], ignoreOrder: true);
    }

    [Fact]
    public async Task Rows_of_PostgreSQL_are_read()
    {
        await using var client = SharedPostgres.Connect(postgres.Server.ConnectionString);
        await client.ExecuteAsync(new SqlStatement("CREATE TABLE orders AS SELECT id, CASE WHEN id < 3 THEN 'open' ELSE 'sent' END AS state FROM generate_series(1::bigint, 5) AS id"), Token);

        (await OpenOrdersAsync(client, Token)).ShouldBe([1, 2], ignoreOrder: true);
    }

    [Fact]
    public async Task Documents_of_MongoDB_are_found()
    {
        await using var client = SharedMongoDb.Connect(mongoDb.Server.Address);
        await client.InsertManyAsync("orders", [MongoDbDocument.Parse("""{"_id": 1, "state": "open", "time": 1}"""), MongoDbDocument.Parse("""{"_id": 2, "state": "open", "time": 2}"""), MongoDbDocument.Parse("""{"_id": 3, "state": "sent", "time": 3}""")], isOrdered: true, Token);
        using var printed = new StringWriter();

        await PrintOrdersAsync(client, "open", printed, Token);

        printed.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["_id"]!.GetValue<int>()).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task Secret_is_asked_for_once_and_kept()
    {
        var source = new OneSecret();
        await using var cache = new Cache("secrets", new CacheOptions(), redis: null, NullLoggerFactory.Instance, TimeProvider.System);
        var key = RandomNumberGenerator.GetBytes(32);

        for (var time = 0; time < 2; time++) (await ReadSecretAsync(source, cache, key, Token)).ShouldNotBeNull().Value.ShouldBe("canary");

        source.Asked.ShouldBe(1);
    }

    private static IServiceCollection Register(IServiceCollection services, IConfiguration configuration)
    {
        var builder = new { Services = services, Configuration = configuration };
        builder.Services.AddFlexCoreRedis(builder.Configuration);             // FlexCore:Redis
        builder.Services.AddFlexCoreRedis(builder.Configuration, "sessions"); // FlexCore:Redis:sessions, a keyed service
        return builder.Services;
    }

    private static async Task<IReadOnlyList<long>> OpenOrdersAsync(PostgresClient postgres, CancellationToken token)
    {
        var open = await postgres.QueryAsync(new SqlStatement("SELECT id FROM orders WHERE state = $1", "open") { MayRepeat = true }, row => row.GetInt64(0), token);
        return open;
    }

    private static async Task PrintOrdersAsync(MongoDbClient mongo, string state, TextWriter output, CancellationToken token)
    {
        var filter = MongoDbDocument.From(new JsonObject { ["state"] = state });
        var open = mongo.FindAsync(new MongoDbFind("orders") { Filter = filter, Sort = MongoDbDocument.Parse("""{"time": -1}"""), Limit = 100 }, token);
        await foreach (var order in open) await output.WriteLineAsync(order.ToJson(MongoDbJson.Relaxed).GetRawText());
    }

    private static async Task<SourcedSecret?> ReadSecretAsync(ISecretSource vault, Cache cache, byte[] key, CancellationToken token)
    {
        using var secrets = new CachedSecrets(vault, cache, key, new SecretCacheOptions { KeptFor = TimeSpan.FromMinutes(5) });
        var secret = await secrets.FindAsync("api-key", version: null, token);
        return secret;
    }

    internal sealed class Carts(RedisClient carts, [FromKeyedServices("sessions")] RedisClient sessions)
    {
        public async ValueTask<RedisValue> FindAsync(string user, CancellationToken token) =>
            await carts.GetAsync($"cart:{await sessions.GetAsync(user, token)}", token);
    }

    private sealed class OneSecret : ISecretSource
    {
        public int Asked { get; private set; }

        public ValueTask<SourcedSecret?> FindAsync(string name, string? version, CancellationToken cancellationToken)
        {
            Asked++;
            return new(new SourcedSecret("canary", "1", SetAt: null));
        }

        public ValueTask<IReadOnlyList<(string Name, DateTimeOffset? SetAt)>> ListAsync(CancellationToken cancellationToken) => new([("api-key", null)]);
    }
}
