using System.Diagnostics;
using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Tests.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Caching;

/// <summary>Another process with a cache, whose source counts in Redis how often it is asked.</summary>
internal static class CacheWorker
{
    public const string Command = "ask-cache";

    public static Process Start(string redis, string name) => Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(CacheWorker).Assembly.Location, Command, redis, name])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardInput = true,
    })!;

    public static async Task AskAsync(string connection, string name)
    {
        await using var redis = RedisClientTests.Connect(connection);
        await using var cache = new Cache(name, new CacheOptions { Shared = true }, redis, NullLoggerFactory.Instance, TimeProvider.System);
        await cache.FindAsync<string>("warm", CancellationToken.None);
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        var calls = Enumerable.Range(0, 20).Select(_ => cache.GetOrAskAsync(
            "orders:1",
            async token =>
            {
                await redis.IncrementAsync($"{name}:asked", 1, token);
                await Task.Delay(300, token); // a slow source: the others come while it is asked
                return "answer";
            },
            entry: null,
            CancellationToken.None).AsTask());
        Console.WriteLine((await Task.WhenAll(calls)).Distinct(StringComparer.Ordinal).Single());
        await Console.In.ReadLineAsync();
    }
}
