using FlexCore.Infrastructure.MongoDb;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.MongoDb;

/// <summary>A stand-in for MongoDB, for all tests of a class.</summary>
public sealed class SharedMongoDb : IAsyncLifetime
{
    public MongoDbStandIn Server { get; private set; } = null!;

    public static MongoDbClient Connect(string address, Action<MongoDbOptions>? change = null, Lines? log = null)
    {
        var options = new MongoDbOptions { Connection = address, Database = "shop" };
        options.Breaker.Enabled = false;
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        change?.Invoke(options);
        return new MongoDbClient("mongodb", options, log is null ? NullLoggerFactory.Instance : new LoggerFactory([log]), TimeProvider.System);
    }

    public async ValueTask InitializeAsync() => Server = await MongoDbStandIn.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
