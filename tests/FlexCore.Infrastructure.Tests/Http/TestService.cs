using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.Http;

/// <summary>A service on loopback that answers what a test wishes.</summary>
public sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _connections;

    private TestService(WebApplication application) => _application = application;

    /// <summary>How many connections it has had.</summary>
    public int Connections => _connections;

    public string Address => _application.Urls.Single() + "/";

    public static async Task<TestService> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        TestService? service = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Use(next => connection =>
        {
            Interlocked.Increment(ref service!._connections);
            return next(connection);
        })));
        service = new TestService(builder.Build());
        service._application.Run(answer);
        await service._application.StartAsync();
        return service;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
