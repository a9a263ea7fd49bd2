using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>
/// The one connection of a client, made when it is first needed and again when it broke, and the channel over which it publishes. The driver's own recovery is not used: it would bring back channels whose
/// acknowledgements mean nothing to the server any more.
/// </summary>
internal sealed class RabbitMqConnection(string name, RabbitMqOptions options) : IAsyncDisposable
{
    private static readonly CreateChannelOptions Confirming = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);

    private readonly AmqpTcpEndpoint[] _endpoints = [.. options.Hosts.Select(host => EndpointOf(host, options))];
    private readonly ConnectionFactory _factory = FactoryOf(name, options);
    private readonly Lock _gate = new();
    private Task<IConnection>? _connecting;
    private Task<IChannel>? _publishing;

    /// <summary>A channel of the caller's own.</summary>
    public async ValueTask<IChannel> OpenChannelAsync(CancellationToken cancellationToken) => await (await ConnectAsync(cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);

    /// <summary>The channel over which all publish; what is given to it is confirmed.</summary>
    public async ValueTask<IChannel> PublishingAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        Task<IChannel> opening;
        lock (_gate) opening = IsUsable(_publishing, channel => channel.IsOpen) ? _publishing! : _publishing = connection.CreateChannelAsync(Confirming, CancellationToken.None);
        return await opening.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connecting is not { IsFaulted: false } connecting) return;
        await using var connection = await connecting;
        if (connection.IsOpen) await connection.CloseAsync(TimeSpan.FromSeconds(5));
    }

    // One for all who ask: whoever stops waiting for it leaves it to the others.
    private async ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<IConnection> connecting;
        lock (_gate) connecting = IsUsable(_connecting, connection => connection.IsOpen) ? _connecting! : _connecting = BeginAsync(_connecting);
        return await connecting.WaitAsync(cancellationToken);
    }

    private async Task<IConnection> BeginAsync(Task<IConnection>? before)
    {
        if (before is { IsCompletedSuccessfully: true }) await (await before).DisposeAsync();
        return await _factory.CreateConnectionAsync(_endpoints, options.ClientName, CancellationToken.None);
    }

    private static bool IsUsable<T>(Task<T>? made, Func<T, bool> isOpen) => made is not null && (!made.IsCompleted || (made.IsCompletedSuccessfully && isOpen(made.Result)));

    private static ConnectionFactory FactoryOf(string name, RabbitMqOptions options) => new()
    {
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        UserName = options.User,
        Password = options.Password,
        VirtualHost = options.VirtualHost,
        RequestedHeartbeat = options.Heartbeat,
        ClientProvidedName = name,

        // Who waits for a connection is to be told that there is none, and not that there was no answer; whatever else takes long ends by the client's own limit, before the driver's.
        RequestedConnectionTimeout = TimeSpan.FromMilliseconds(Math.Clamp(options.Timeout.TotalMilliseconds / 2, 1, 10_000)),
        HandshakeContinuationTimeout = TimeSpan.FromMilliseconds(Math.Clamp(options.Timeout.TotalMilliseconds / 2, 1, 10_000)),
        ContinuationTimeout = options.Timeout + TimeSpan.FromSeconds(10),
    };

    private static AmqpTcpEndpoint EndpointOf(string address, RabbitMqOptions options)
    {
        var colon = address.LastIndexOf(':');
        var (host, port) = (address[..colon].Trim('[', ']'), int.Parse(address.AsSpan(colon + 1)));
        var tls = new SslOption { Enabled = options.Tls, ServerName = host };
        if (options.CaFile.Length > 0) tls.CertificateValidationCallback = (_, shown, _, problems) => IsTrusted(shown, problems, options.CaFile);
        return new AmqpTcpEndpoint(host, port, tls);
    }

    // The chain is judged anew, by these authorities alone; that the name is right has been looked at.
    private static bool IsTrusted(X509Certificate? shown, SslPolicyErrors problems, string authorities)
    {
        if (shown is null || (problems & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0) return false;
        using var certificate = new X509Certificate2(shown);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
        return chain.Build(certificate);
    }
}
