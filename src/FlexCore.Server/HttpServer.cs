using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlexCore.Client;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server;

/// <summary>A node's side to other programs: REST, webhooks and health over HTTP/1.1 without TLS, behind a proxy where others than this machine are to reach it.</summary>
public sealed class HttpServer : IAsyncDisposable
{
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxConnections = 10_000;
    private const int MaxJsonDepth = 64;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;
    private readonly CallerRates _rates;

    private HttpServer(WebApplication application, CallerRates rates) => (_application, _rates) = (application, rates);

    /// <summary>Where it listens; with the port that the system has chosen, where 0 was wished for.</summary>
    public string Address => _application.Urls.First();

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="served">What it makes reachable.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FlexCoreException">The address is taken, or none of this machine.</exception>
    public static async Task<HttpServer> StartAsync(IPEndPoint address, ServedApplication served, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(options => Read(options.SerializerOptions));
        builder.Services.AddResponseCompression(options => options.MimeTypes = ["application/json"]);
        builder.Services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
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
        var authentication = new Authentication(served.Tokens, new RefusedTokens(served.Log, time));
        var repeated = new RepeatedRequests(served.Log, time);
        var rates = new CallerRates();
        application.Use(next => context => Problems.CatchAsync(context, next, served.Warn));
        application.UseRouting();
        application.Use(next => context => authentication.InvokeAsync(context, next));
        application.Use(next => context => rates.InvokeAsync(context, next));
        application.UseResponseCompression();
        application.Use(next => context => repeated.InvokeAsync(context, next));
        Map(application, served, time);
        try
        {
            await application.StartAsync(cancellationToken);
            return new HttpServer(application, rates);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            await rates.DisposeAsync();
            throw new FlexCoreException(new Error(ErrorCodes.AddressUnusable, $"{address} cannot be listened on: {e.Message}"), e);
        }
    }

    /// <summary>Takes no more requests, and ends those that it has within seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _rates.DisposeAsync();
    }

    private static void Map(WebApplication application, ServedApplication served, TimeProvider time)
    {
        var answers = new Answers(served.Bus);
        var api = application.MapGroup("/api/v1");
        PipelineEndpoints.Map(api, answers);
        RunEndpoints.Map(api, answers, new RunEventStream(answers, served.Log, time));
        OperationEndpoints.Map(api, answers, time);
        application.MapOpenApi("/openapi/{documentName}.json");
        application.MapPost("/hooks/{pipeline}", (RequestDelegate)(context => WebhookEndpoint.HandleAsync(context, served.Bus))).WithMetadata(new PublicEndpoint()).ExcludeFromDescription();
        application.MapGet("/health/live", (RequestDelegate)(context => context.Response.WriteAsync("live\n", context.RequestAborted))).WithMetadata(new PublicEndpoint()).ExcludeFromDescription();
    }

    private static void Read(JsonSerializerOptions options)
    {
        options.TypeInfoResolver = FlexCoreJson.Default;
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.MaxDepth = MaxJsonDepth;
    }
}
