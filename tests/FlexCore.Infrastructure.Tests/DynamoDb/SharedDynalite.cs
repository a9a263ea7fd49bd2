using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.DynamoDb;

/// <summary>A server that speaks DynamoDB's protocol, for all tests of a class.</summary>
public sealed class SharedDynalite : IAsyncLifetime
{
    public DynaliteServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await DynaliteServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
