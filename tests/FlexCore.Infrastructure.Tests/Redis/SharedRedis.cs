using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.Redis;

/// <summary>A Redis server for all tests of a class.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    public RedisServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
