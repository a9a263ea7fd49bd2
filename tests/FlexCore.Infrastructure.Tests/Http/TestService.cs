using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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

    private TestService(WebApplication application, X509Certificate2? certificate) => (_application, Certificate) = (application, certificate);

    /// <summary>Its certificate, which nobody else has signed; null where it speaks in clear text.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>How many connections it has had.</summary>
    public int Connections => _connections;

    public string Address => _application.Urls.Single() + "/";

    public static async Task<TestService> StartAsync(RequestDelegate answer, bool isTls = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        TestService? service = null;
        var certificate = isTls ? MakeCertificate() : null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            listen.Use(next => connection =>
            {
                Interlocked.Increment(ref service!._connections);
                return next(connection);
            });
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        service = new TestService(builder.Build(), certificate);
        service._application.Run(answer);
        await service._application.StartAsync();
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        Certificate?.Dispose();
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
