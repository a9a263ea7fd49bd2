using System.Net;
using FlexCore.Application.Bus;
using FlexCore.Domain.Errors;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server;

/// <summary>A node's side to other systems: HTTP/1.1 without TLS, behind a proxy where others than this machine are to reach it.</summary>
public sealed class HttpServer : IAsyncDisposable
{
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxConnections = 10_000;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;

    private HttpServer(WebApplication application) => _application = application;

    /// <summary>Where it listens; with the port that the system has chosen, where 0 was wished for.</summary>
    public string Address => _application.Urls.First();

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="bus">Takes what is asked for.</param>
    /// <param name="warn">Told of defects, without what the request said.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FlexCoreException">The address is taken, or none of this machine.</exception>
    public static async Task<HttpServer> StartAsync(IPEndPoint address, MessageBus bus, Action<string> warn, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = WebhookEndpoint.MaxBodyBytes;
            options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.Limits.RequestHeadersTimeout = HeadersTimeout;
            options.Listen(address, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var application = builder.Build();
        application.Use(next => context => Problems.CatchAsync(context, next, warn));
        application.MapPost("/hooks/{pipeline}", context => WebhookEndpoint.HandleAsync(context, bus));
        application.MapGet("/health/live", context => context.Response.WriteAsync("live\n", context.RequestAborted));
        application.MapFallback(context => Problems.WriteAsync(context, [new Error(ErrorCodes.NotFound, "there is nothing at this address for this method")]));
        try
        {
            await application.StartAsync(cancellationToken);
            return new HttpServer(application);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            throw new FlexCoreException(new Error(ErrorCodes.AddressUnusable, $"{address} cannot be listened on: {e.Message}"), e);
        }
    }

    /// <summary>Takes no more requests, and ends those that it has within seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
