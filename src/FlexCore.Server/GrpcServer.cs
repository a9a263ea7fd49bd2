using System.Net;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Grpc;
using FlexCore.Server.Grpc.Services;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server;

/// <summary>A node's side to programs that speak gRPC: HTTP/2 without TLS, known beforehand, behind a proxy where others than this machine are to reach it.</summary>
public sealed class GrpcServer : IAsyncDisposable
{
    private const string EarlierReflection = "grpc.reflection.v1alpha.ServerReflection";
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxConnections = 10_000;
    private const int MaxStreams = 100;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    // A caller that has vanished without a word must not be followed a run for.
    private static readonly TimeSpan SilenceBeforePing = TimeSpan.FromSeconds(30);

    private readonly WebApplication _application;

    private readonly CallerRates _rates;

    private GrpcServer(WebApplication application, CallerRates rates) => (_application, _rates) = (application, rates);

    /// <summary>Where it listens; with the port that the system has chosen, where 0 was wished for.</summary>
    public string Address => _application.Urls.First();

    /// <summary>Begins to listen.</summary>
    /// <param name="address">Where.</param>
    /// <param name="served">What it makes reachable.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FlexCoreException">The address is taken, or none of this machine.</exception>
    public static async Task<GrpcServer> StartAsync(IPEndPoint address, ServedApplication served, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.Limits.RequestHeadersTimeout = HeadersTimeout;
            options.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
            options.Limits.Http2.KeepAlivePingDelay = SilenceBeforePing;
            options.Listen(address, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var application = builder.Build();
        var rates = new CallerRates();
        var endpoint = new GrpcEndpoint(Methods(served, time), new Authentication(served.Tokens, new RefusedTokens(served.Log, time)), rates, served, time, application.Lifetime.ApplicationStopping);
        application.Run(endpoint.HandleAsync);
        try
        {
            await application.StartAsync(cancellationToken);
            return new GrpcServer(application, rates);
        }
        catch (IOException e)
        {
            await application.DisposeAsync();
            await rates.DisposeAsync();
            throw new FlexCoreException(new Error(ErrorCodes.AddressUnusable, $"{address} cannot be listened on: {e.Message}"), e);
        }
    }

    /// <summary>Takes no more calls, ends the streams, and ends the other calls that it has within seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _rates.DisposeAsync();
    }

    private static Dictionary<string, GrpcMethod> Methods(ServedApplication served, TimeProvider time)
    {
        List<GrpcService> services = [PipelineCalls.Create(), new RunCalls(served.Log, time).Create(), PluginCalls.Create(), EventCalls.Create()];
        services.Add(new HealthCalls(services.Select(service => service.Descriptor.FullName).ToHashSet(StringComparer.Ordinal)).Create());
        var reflection = new ReflectionCalls([.. services.Select(service => service.Descriptor), ReflectionCalls.Descriptor]).Create();
        services.Add(reflection);
        var methods = services.SelectMany(service => service.Methods.Select(method => (Path: $"/{service.Descriptor.FullName}/{method.Key}", method.Value))).ToDictionary(method => method.Path, method => method.Value, StringComparer.Ordinal);
        foreach (var (name, method) in reflection.Methods) methods.Add($"/{EarlierReflection}/{name}", method);
        return methods;
    }
}
