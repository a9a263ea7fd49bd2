using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace FlexCore.Testing;

/// <summary>A mail server of the tests' own on loopback: npm's smtp-server, with a certificate that only those trust who are told to.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Repository.PathOf("tests", "Shared", "servers");

    private readonly string _keys;
    private readonly Process _process;

    private MailServer(string keys, Process process, int port) => (_keys, _process, Port) = (keys, process, port);

    public int Port { get; }

    /// <summary>The certificate, as a file that OpenSSL takes for one to trust (<c>SSL_CERT_FILE</c>).</summary>
    public string CertificateFile => Path.Combine(_keys, "server.pem");

    /// <summary>Starts one.</summary>
    /// <param name="mode">open, auth, busy or refuse: see smtp.mjs.</param>
    public static async Task<MailServer> StartAsync(string mode)
    {
        await NpmPackages.InstallAsync(Folder);
        var keys = Directory.CreateTempSubdirectory("flexcore-mail-").FullName;
        WriteCertificate(keys);
        var start = new ProcessStartInfo("node", [Path.Combine(Folder, "smtp.mjs"), Path.Combine(keys, "server.key"), Path.Combine(keys, "server.pem"), mode])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        var port = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return new MailServer(keys, process, int.Parse(port.ShouldNotBeNull("the mail server has not started")));
    }

    /// <summary>The next mail that it took.</summary>
    public async Task<JsonElement> ReadMailAsync() => JsonElement.Parse((await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)).ShouldNotBeNull());

    /// <summary>Whether it has ended, and all mails that nobody has read.</summary>
    public async Task<IReadOnlyList<JsonElement>> StopAsync()
    {
        _process.StandardInput.Close();
        var rest = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        return [.. rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_keys, recursive: true);
    }

    private static void WriteCertificate(string folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
