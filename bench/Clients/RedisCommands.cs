using FlexCore.Infrastructure.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace FlexCore.Clients.Benchmarks;

/// <summary>GET and SET of a key out of 10,000, and a lock with its token against the same script by the driver.</summary>
internal static class RedisCommands
{
    private const string Take = "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end local token = redis.call('INCR', KEYS[2]) redis.call('SET', KEYS[1], token, 'PX', ARGV[1]) return token";
    private const string Release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

    private static readonly string[] Keys = [.. Enumerable.Range(0, 10_000).Select(number => $"key-{number}")];
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static string Key => Keys[Random.Shared.Next(Keys.Length)];

    public static async Task RunAsync(string connection, int rounds)
    {
        using var server = await ConnectionMultiplexer.ConnectAsync(connection);
        var database = server.GetDatabase();
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["FlexCore:Redis:Connection"] = connection };
        await using var program = new ServiceCollection().AddFlexCoreRedis(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
        var client = program.GetRequiredService<RedisClient>();
        var locks = new RedisLocks(client, TimeProvider.System);

        await Callers.CompareAsync("Redis SET", rounds, async () => await database.StringSetAsync(Key, "a value of some length"), () => client.SetAsync(Key, "a value of some length", expiry: null, CancellationToken.None));
        await Callers.CompareAsync("Redis GET", rounds, async () => await database.StringGetAsync(Key), async () => await client.GetAsync(Key, CancellationToken.None));
        await Callers.CompareAsync("Redis lock with token, taken and given back", rounds, BareLockAsync, LockAsync);

        async ValueTask BareLockAsync()
        {
            RedisKey name = $"lock:{Random.Shared.NextInt64()}";
            var token = (RedisValue)await database.ScriptEvaluateAsync(Take, [name, "lock-tokens"], [(long)Lease.TotalMilliseconds]);
            await database.ScriptEvaluateAsync(Release, [name], [token]);
        }

        async ValueTask LockAsync()
        {
            await using var held = await locks.TryAcquireAsync($"{Random.Shared.NextInt64()}", Lease, CancellationToken.None);
        }
    }
}
