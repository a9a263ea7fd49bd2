using System.Net.Security;
using System.Security.Authentication;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace FlexCore.Server.Tls;

/// <summary>
/// The certificate of a server, which goes on with what its files say while it serves. They are looked at, not watched: however they are replaced, by a tool that renames or by an orchestrator that swaps
/// links, that is noticed. Connections keep the certificate that they began with.
/// </summary>
internal sealed class ServerCertificate : IAsyncDisposable
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // As long before its end it is told every day that it needs a new one.
    private static readonly TimeSpan Notice = TimeSpan.FromDays(30);

    private readonly CertificateFiles _files;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _watching;
    private volatile LoadedCertificate _current;
    private DateTimeOffset? _toldAt;

    /// <summary>Reads the files, and goes on looking at them.</summary>
    /// <exception cref="FlexCoreException">They are not a certificate and its key.</exception>
    public ServerCertificate(TlsSettings settings, ILogger log, TimeProvider time)
    {
        _files = new CertificateFiles(settings);
        _log = log;
        _time = time;
        var changes = new FileChanges(_files.Look());
        _current = _files.Load();
        TellEnd();
        _watching = WatchAsync(changes);
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
                if (_files.Look() is { } now && changes.AreToBeTaken(now)) Reload();
                TellEnd();
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    private void Reload()
    {
        try
        {
            var next = _files.Load();
            if (next.NotAfter <= _time.GetUtcNow()) throw new FlexCoreException(new Error(ErrorCodes.CertificateUnusable, $"what now lies in {_files.Path} has expired on {next.NotAfter:u}"));
            _current = next;
            _toldAt = null;
            _log.CertificateTaken(_files.Path, next.NotAfter);
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
        if (end > now) _log.CertificateExpires(_files.Path, end, (int)(end - now).TotalDays);
        else _log.CertificateExpired(_files.Path, end);
    }
}
