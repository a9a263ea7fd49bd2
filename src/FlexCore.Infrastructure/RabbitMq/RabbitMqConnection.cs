using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace FlexCore.Infrastructure.RabbitMq;

/// <summary>
/// The one connection of a client, made when it is first needed and again when it broke, and the channel over which it publishes. The driver's own recovery is not used: it would bring back channels whose
/// acknowledgements mean nothing to the server any more.
/// </summary>
internal sealed class RabbitMqConnection(RabbitMqOptions options) : IAsyncDisposable
{
    private static readonly CreateChannelOptions Confirming = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);

    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(5);

    private readonly AmqpTcpEndpoint[] _endpoints = [.. options.Hosts.Select(host => EndpointOf(host, options))];
    private readonly ConnectionFactory _factory = FactoryOf(options);
    private readonly Lock _gate = new();
    private Task<IConnection>? _connecting;
    private IConnection? _connection;
    private Task<IChannel>? _opening;
    private IChannel? _publishing;

    /// <summary>A channel of the caller's own.</summary>
    public async ValueTask<IChannel> OpenChannelAsync(CancellationToken cancellationToken) => await (await ConnectAsync(cancellationToken)).CreateChannelAsync(cancellationToken: cancellationToken);

    /// <summary>The channel over which all publish; what is given to it is confirmed.</summary>
    public async ValueTask<IChannel> PublishingAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        Task<IChannel> opening;
        lock (_gate)
        {
            if (_publishing is { IsOpen: true } open) return open;
            opening = _opening is { IsCompleted: false } ? _opening : _opening = OpenPublishingAsync(connection);
        }

        return await opening.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        // One that is still being made would outlive this.
        if (_connecting is Task connecting) await connecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_connection is null) return;
        if (_connection.IsOpen) await _connection.CloseAsync(LongestClose);
        await _connection.DisposeAsync();
    }

    // One for all who ask: whoever stops waiting for it leaves it to the others.
    private async ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<IConnection> connecting;
        lock (_gate)
        {
            if (_connection is { IsOpen: true } open) return open;
            connecting = _connecting is { IsCompleted: false } ? _connecting : _connecting = BeginAsync(_connection);
        }

        return await connecting.WaitAsync(cancellationToken);
    }

    private async Task<IConnection> BeginAsync(IConnection? before)
    {
        await Task.Yield(); // not within the gate
        if (before is not null) await before.DisposeAsync();
        return _connection = await _factory.CreateConnectionAsync(_endpoints, options.ClientName, CancellationToken.None);
    }

    private async Task<IChannel> OpenPublishingAsync(IConnection connection)
    {
        await Task.Yield();
        return _publishing = await connection.CreateChannelAsync(Confirming, CancellationToken.None);
    }

    private static ConnectionFactory FactoryOf(RabbitMqOptions options) => new()
    {
        AutomaticRecoveryEnabled = false,
        TopologyRecoveryEnabled = false,
        UserName = options.User,
        Password = options.Password,
        VirtualHost = options.VirtualHost,
        RequestedHeartbeat = options.Heartbeat,

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
        if (shown is null || (problems & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None) return false;
        using var certificate = new X509Certificate2(shown);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
        return chain.Build(certificate);
    }
}
