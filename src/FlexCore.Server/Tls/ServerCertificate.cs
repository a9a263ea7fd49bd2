using System.Net.Security;
using System.Security.Authentication;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Tls;

/// <summary>
/// The certificate of a server, which goes on with what its files and its secret say while it serves. They are looked at, not watched: however they are replaced, by a tool that renames or by an orchestrator that swaps
/// links, that is noticed. Connections keep the certificate that they began with.
/// </summary>
internal sealed class ServerCertificate : IAsyncDisposable
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // As long before its end it is told every day that it needs a new one.
    private static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    private readonly CertificateSource _source;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;
    private volatile LoadedCertificate _current;
    private DateTimeOffset? _toldAt;

    private ServerCertificate(CertificateSource source, LoadedCertificate loaded, FileChanges changes, ILogger log, TimeProvider time)
    {
        (_source, _current, _log, _time) = (source, loaded, log, time);
        TellEnd();
        _watching = WatchAsync(changes);
    }

    /// <summary>Reads it, and goes on looking at where it is.</summary>
    /// <param name="settings">Where that is.</param>
    /// <param name="secrets">Where its secret is.</param>
    /// <param name="log">Told when there is another one, or one is needed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="FlexCoreException">There is not a certificate and its key.</exception>
    public static async Task<ServerCertificate> OpenAsync(TlsSettings settings, ISecrets secrets, ILogger log, TimeProvider time, CancellationToken cancellationToken)
    {
        var source = new CertificateSource(settings, secrets);
        var changes = new FileChanges(await source.LookAsync(cancellationToken));
        return new ServerCertificate(source, await source.LoadAsync(cancellationToken), changes, log, time);
    }

    /// <summary>How handshakes are made: TLS 1.2 or later, with the certificate as it is then.</summary>
    public TlsHandshakeCallbackOptions Handshakes => new()
    {
        HandshakeTimeout = HandshakeTimeout,
        OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(new SslServerAuthenticationOptions { ServerCertificateContext = _current.Context, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 }),
    };

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
    }

    private async Task WatchAsync(FileChanges changes)
    {
        using var timer = new PeriodicTimer(FileChanges.Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (await _source.LookAsync(_ended.Token) is { } now && changes.AreToBeTaken(now)) await ReloadAsync();
                TellEnd();
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    private async Task ReloadAsync()
    {
        try
        {
            var next = await _source.LoadAsync(_ended.Token);
            if (next.NotAfter <= _time.GetUtcNow()) throw new FlexCoreException(new Error(ErrorCodes.CertificateUnusable, $"what now lies in {_source.Path} has expired on {next.NotAfter:u}"));
            _current = next;
            _toldAt = null;
            _log.CertificateTaken(_source.Path, next.NotAfter);
        }
        catch (FlexCoreException e)
        {
            _log.CertificateKept(e.Error.ToString());
        }
    }

    private void TellEnd()
    {
        var (now, end) = (_time.GetUtcNow(), _current.NotAfter);
        if (end - now > Notice || now - _toldAt < Day) return;
        _toldAt = now;
        if (end > now) _log.CertificateExpires(_source.Path, end, (int)(end - now).TotalDays);
        else _log.CertificateExpired(_source.Path, end);
    }
}
