using FlexCore.Infrastructure.Postgres;
using FlexCore.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Postgres;

/// <summary>A PostgreSQL server for all tests of a class.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    public PostgresServer Server { get; private set; } = null!;

    public static PostgresClient Connect(string connection, int attempts = 3, double seconds = 30)
    {
        var options = new PostgresOptions { Connection = connection, Timeout = TimeSpan.FromSeconds(seconds) };
        (options.Retry.Attempts, options.Breaker.Enabled) = (attempts, false);
        return new PostgresClient("postgres", options, NullLoggerFactory.Instance, TimeProvider.System);
    }

    public async ValueTask InitializeAsync() => Server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
