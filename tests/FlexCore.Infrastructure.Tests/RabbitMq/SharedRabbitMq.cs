using FlexCore.Infrastructure.RabbitMq;
using FlexCore.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.RabbitMq;

/// <summary>A RabbitMQ server for all tests of a class.</summary>
public sealed class SharedRabbitMq : IAsyncLifetime
{
    public RabbitMqServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RabbitMqServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>A client of a server; without a breaker, for tests that kill it.</summary>
    public static RabbitMqClient Connect(string address, Action<RabbitMqOptions>? change = null)
    {
        var options = new RabbitMqOptions { Hosts = [address], User = "guest", Password = "guest" };
        options.Breaker.Enabled = false;
        change?.Invoke(options);
        options.Problems().ShouldBeEmpty();
        return new RabbitMqClient("rabbitmq", options, NullLoggerFactory.Instance, TimeProvider.System);
    }
}
