using System.Net;
using System.Net.Sockets;
using FlexCore.Application.Access;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Server.Access;
using FlexCore.Server.Access.Oidc;
using FlexCore.Server.Console;
using FlexCore.Server.Console.SignIn;
using FlexCore.Server.Edge;
using FlexCore.Server.Grpc;
using FlexCore.Server.Observability;
using FlexCore.Server.Repeating;
using FlexCore.Server.Rest;
using FlexCore.Server.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FlexCore.Server;

/// <summary>
/// A node's side to other programs: REST and webhooks at one address, gRPC at another, both with TLS or both without. Who asks, and how often, is counted over both.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    private const string LogCategory = "FlexCore.Server";
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxConnections = 10_000;
    private const int MaxStreams = 100;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    // A caller that has vanished without a word must not be followed a run for.
    private static readonly TimeSpan SilenceBeforePing = TimeSpan.FromSeconds(30);

    private readonly WebApplication _application;
    private readonly CallerRates _rates;
    private readonly Metrics _metrics;
    private readonly ServerCertificate? _certificate;
    private readonly OidcAuthenticator? _users;
    private readonly CodeFlow? _flow;

    private ApiServer(WebApplication application, CallerRates rates, Metrics metrics, ServerCertificate? certificate, OidcAuthenticator? users, CodeFlow? flow, ListenSettings addresses)
    {
        (_application, _rates, _metrics, _certificate, _users, _flow) = (application, rates, metrics, certificate, users, flow);

        // In the order in which they were listened on.
        var bound = application.Urls.ToList();
        HttpAddress = addresses.Http is null ? null : bound[0];
        GrpcAddress = addresses.Grpc is null ? null : bound[^1];
    }

    /// <summary>Where REST and webhooks are, with the port that the system has chosen where 0 was wished for; null for nowhere.</summary>
    public string? HttpAddress { get; }

    /// <summary>Where gRPC is, in the same way.</summary>
    public string? GrpcAddress { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="addresses">Where.</param>
    /// <param name="tls">The certificate; null to serve without TLS.</param>
    /// <param name="oidc">The identity provider; null where access tokens are all that is shown.</param>
    /// <param name="served">What it makes reachable.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FlexCoreException">An address is taken, or none of this machine; or the certificate cannot be used.</exception>
    public static async Task<ApiServer> StartAsync(ListenSettings addresses, TlsSettings? tls, OidcSettings? oidc, ServedApplication served, TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton(served.Logs);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        RestApi.Configure(builder.Services);
        builder.WebHost.UseKestrelHttpsConfiguration();
        var log = served.Logs.CreateLogger(LogCategory);
        var certificate = tls is null ? null : await ServerCertificate.OpenAsync(tls, served.Secrets, log, time, cancellationToken);
        builder.WebHost.ConfigureKestrel(options => Listen(options, addresses, certificate));

        var application = builder.Build();
        var rates = new CallerRates();
        var metrics = new Metrics(served);
        var users = oidc is null ? null : new OidcAuthenticator(oidc, log, time);
        var flow = users?.Settings.Client is { } client ? new CodeFlow(users, client, served.Secrets) : null;
        var refused = new RefusedTokens(served.Log, time);
        var sessions = new Sessions(served.Log, served.Tokens, time);
        var cookies = new SessionCookies(sessions, time);
        var authentication = new Authentication(served.Tokens, users, cookies, refused);
        var kept = new KeptAnswers(served.Log, time);
        var grpc = new GrpcEndpoint(GrpcMethods.Create(served, time), authentication, rates, kept, served, log, time, application.Lifetime.ApplicationStopping);
        var edge = new RequestEdge(log, served.Slow, time);
        application.Use(next => context => edge.InvokeAsync(context, next));
        application.MapWhen(context => context.Features.Get<Entrance>() is { IsGrpc: true }, branch => branch.Run(grpc.HandleAsync));
        RestApi.Route(application, log);
        ConsoleModule.Use(application, served, sessions, cookies, refused, rates, flow, time);
        RestApi.Use(application, served, authentication, rates, kept, metrics, addresses.Http is { } http && IPAddress.IsLoopback(http.Address), log, time);
        try
        {
            await application.StartAsync(cancellationToken);
            return new ApiServer(application, rates, metrics, certificate, users, flow, addresses);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            var unusable = application.Urls.Count == 0 ? addresses.Http ?? addresses.Grpc : addresses.Grpc;
            await application.DisposeAsync();
            await rates.DisposeAsync();
            metrics.Dispose();
            flow?.Dispose();
            users?.Dispose();
            if (certificate is not null) await certificate.DisposeAsync();
            throw new FlexCoreException(new Error(ErrorCodes.AddressUnusable, $"{unusable} cannot be listened on: {e.Message}"), e);
        }
    }

    /// <summary>Takes no more requests, ends the streams, and ends the other requests that it has within seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _rates.DisposeAsync();
        _metrics.Dispose();
        _flow?.Dispose();
        _users?.Dispose();
        if (_certificate is not null) await _certificate.DisposeAsync();
    }

    private static void Listen(KestrelServerOptions options, ListenSettings addresses, ServerCertificate? certificate)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = WebhookEndpoint.MaxBodyBytes;
        options.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        options.Limits.MaxConcurrentConnections = MaxConnections;
        options.Limits.RequestHeadersTimeout = HeadersTimeout;
        options.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
        options.Limits.Http2.KeepAlivePingDelay = SilenceBeforePing;

        // Without TLS a connection cannot say which of the two it speaks.
        if (addresses.Http is { } http) Add(http, certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2, isGrpc: false);
        if (addresses.Grpc is { } grpc) Add(grpc, HttpProtocols.Http2, isGrpc: true);

        void Add(IPEndPoint address, HttpProtocols protocols, bool isGrpc) => options.Listen(address, listen =>
        {
            listen.Protocols = protocols;
            if (certificate is not null) listen.UseHttps(certificate.Handshakes);
            listen.Use(next => connection =>
            {
                connection.Features.Set(new Entrance(isGrpc));
                return next(connection);
            });
        });
    }

    /// <summary>By which address a connection has come in.</summary>
    private sealed record Entrance(bool IsGrpc);
}
