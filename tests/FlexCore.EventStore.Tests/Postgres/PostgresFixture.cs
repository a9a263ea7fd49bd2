using FlexCore.Testing;

[assembly: AssemblyFixture(typeof(FlexCore.EventStore.Tests.Postgres.PostgresFixture))]

namespace FlexCore.EventStore.Tests.Postgres;

/// <summary>The server that the tests of this assembly share, each in a schema of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private static PostgresServer? _server;

    public static string ConnectionString => _server!.ConnectionString;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}
