using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd.Server;

/// <summary>A server with a certificate, and what becomes of it while it serves.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly TestProject _project = new();
    private TestAuthority _authority = null!;
    private Command? _node;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Certificate => _project.PathOf("tls/tls.crt");

    private string Key => _project.PathOf("tls/tls.key");

    private Uri Rest => new(Said.Split("REST at ")[1].Split("/api/")[0]);

    private string Said => _node!.ErrorSoFar;

    public async ValueTask InitializeAsync()
    {
        _project.Write("waiting.yaml", "name: waiting\nlabels: [nowhere]\nsteps: [{ id: a, noop: {} }]\n");
        _authority = await TestAuthority.CreateAsync(_project.PathOf("authority"));
        _project.Write("flexcore.yaml", $"tls: {{ certificate: {Certificate}, key: {Key} }}\n");
        Directory.CreateDirectory(_project.PathOf("tls"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
        {
            await _node.SignalAsync("TERM");
            (await _node.EndAsync()).ShouldExitWith(0);
            await _node.DisposeAsync();
        }

        _project.Dispose();
    }

    [Fact]
    public async Task REST_and_gRPC_are_served_to_clients_that_know_the_authority()
    {
        await WriteAsync("first");
        var token = await StartAsync();

        Rest.Scheme.ShouldBe("https");
        foreach (var protocol in new[] { SslProtocols.Tls12, SslProtocols.Tls13 })
        {
            foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
            {
                using var client = Client(protocol);
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Rest, "/api/v1/system/whoami")) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                (await client.SendAsync(request, Token)).StatusCode.ShouldBe(HttpStatusCode.OK, $"{protocol} {version}");
            }
        }

        var grpc = new Uri(Said.Split("gRPC at ")[1].Split('\n')[0]);
        grpc.Scheme.ShouldBe("https");
        await using var calls = await GrpcClient.StartAsync(grpc.Authority, _authority.Root);
        (await calls.CallAsync("RunService/List", new JsonObject(), token)).ShouldBe("OK");
        await using var clear = await GrpcClient.StartAsync(grpc.Authority);
        (await clear.CallAsync("RunService/List", new JsonObject(), token, deadlineMs: 2000)).Code.ShouldNotBe("OK");
        using var plain = new HttpClient();
        await Should.ThrowAsync<HttpRequestException>(plain.GetAsync(new Uri($"http://{Rest.Authority}/health/live"), Token));
    }

    [Fact]
    public async Task New_certificate_is_taken_without_a_restart_and_streams_go_on()
    {
        await WriteAsync("first");
        var token = await StartAsync();
        using var client = Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var started = await client.PostAsync(new Uri(Rest, "/api/v1/runs"), new StringContent("""{"pipeline":"waiting"}""", System.Text.Encoding.UTF8, "application/json"), Token);
        var run = JsonNode.Parse(await started.Content.ReadAsStringAsync(Token))!["run_id"]!.GetValue<string>();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Rest, $"/api/v1/runs/{run}/events"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var stream = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using var events = new StreamReader(await stream.Content.ReadAsStreamAsync(Token));
        (await events.ReadLineAsync(Token)).ShouldBe("id: 1");
        (await PresentedAsync()).ShouldBe("CN=first");

        // The key comes later than its certificate: until then the old pair holds.
        var (chain, key) = await _authority.IssueAsync("second");
        await ReplaceAsync(Certificate, chain);
        await Until.TrueAsync(() => Said.Contains("the certificate that was there goes on", StringComparison.Ordinal), "half of the new pair is refused");
        (await PresentedAsync()).ShouldBe("CN=first");
        await ReplaceAsync(Key, key);
        await Until.TrueAsync(async () => await PresentedAsync() == "CN=second", "the new one is presented");

        using var cancel = await client.PostAsync(new Uri(Rest, $"/api/v1/runs/{run}/cancel"), new StringContent("{}", System.Text.Encoding.UTF8, "application/json"), Token);
        (await events.ReadToEndAsync(Token)).ShouldContain("event: PipelineCancelled", customMessage: "the stream of the old connection goes on");
    }

    [Fact]
    public async Task Key_that_is_a_secret_is_in_no_file_and_can_be_renewed()
    {
        _project.Write("flexcore.yaml", $"tls: {{ certificate: {Certificate}, key_secret: tls_key }}\n");
        var (chain, key) = await _authority.IssueAsync("first");
        _project.Write("tls/tls.crt", chain);
        (await _project.FlexCoreAsync("serve", "--http", "127.0.0.1:0", "--grpc", "off")).ShouldExitWith(3).Error.ShouldContain("error[FX3041]: tls.key_secret: there is no secret tls_key");
        (await _project.FlexCoreFedAsync(key, "secrets", "set", "tls_key")).ShouldExitWith(0);
        await StartAsync();
        (await PresentedAsync()).ShouldBe("CN=first");

        var (next, nextKey) = await _authority.IssueAsync("second");
        (await _project.FlexCoreFedAsync(nextKey, "secrets", "set", "tls_key")).ShouldExitWith(0);
        await Until.TrueAsync(() => Said.Contains("the certificate that was there goes on", StringComparison.Ordinal), "a key without its certificate is refused");
        (await PresentedAsync()).ShouldBe("CN=first");
        await ReplaceAsync(Certificate, next);
        await Until.TrueAsync(async () => await PresentedAsync() == "CN=second", "the new one is presented");
        Said.ShouldNotContain("PRIVATE KEY");
    }

    [Fact]
    public async Task Key_with_a_password_is_opened_with_the_secret_and_another_password_is_taken_with_its_key()
    {
        _project.Write("flexcore.yaml", $"tls: {{ certificate: {Certificate}, key: {Key}, key_secret: tls_password }}\n");
        var (chain, key) = await _authority.IssueAsync("first", password: "first-password");
        _project.Write("tls/tls.crt", chain).Write("tls/tls.key", key);
        (await _project.FlexCoreFedAsync("another-password", "secrets", "set", "tls_password")).ShouldExitWith(0);
        (await _project.FlexCoreAsync("serve", "--http", "127.0.0.1:0", "--grpc", "off")).ShouldExitWith(3).Error
            .ShouldSatisfyAllConditions(said => said.ShouldContain($"error[FX3041]: {Certificate} and {Key} with the password in the secret tls_password are not a certificate and its key"), said => said.ShouldNotContain("another-password"));
        (await _project.FlexCoreFedAsync("first-password", "secrets", "set", "tls_password")).ShouldExitWith(0);
        await StartAsync();
        (await PresentedAsync()).ShouldBe("CN=first");

        var (next, nextKey) = await _authority.IssueAsync("second", password: "second-password");
        await ReplaceAsync(Certificate, next);
        await ReplaceAsync(Key, nextKey);
        (await _project.FlexCoreFedAsync("second-password", "secrets", "set", "tls_password")).ShouldExitWith(0);
        await Until.TrueAsync(async () => await PresentedAsync() == "CN=second", "the new one is presented");
        Said.ShouldNotContain("-password");
    }

    [Fact]
    public async Task Folder_that_is_swapped_by_a_link_is_noticed_as_in_Kubernetes()
    {
        foreach (var name in new[] { "first", "second" })
        {
            var (chain, key) = await _authority.IssueAsync(name);
            _project.Write($"tls/..{name}/tls.crt", chain).Write($"tls/..{name}/tls.key", key);
        }

        File.CreateSymbolicLink(_project.PathOf("tls/..data"), "..first");
        File.CreateSymbolicLink(Certificate, "..data/tls.crt");
        File.CreateSymbolicLink(Key, "..data/tls.key");
        await StartAsync();
        (await PresentedAsync()).ShouldBe("CN=first");

        File.CreateSymbolicLink(_project.PathOf("tls/..data_tmp"), "..second");
        (await Command.RunAsync("mv", ["-T", _project.PathOf("tls/..data_tmp"), _project.PathOf("tls/..data")], "/")).ShouldExitWith(0);
        await Until.TrueAsync(async () => await PresentedAsync() == "CN=second", "the new one is presented");
        Said.ShouldNotContain("warning");
    }

    [Fact]
    public async Task Certificate_that_is_wrong_or_has_expired_is_not_taken_over()
    {
        await WriteAsync("first");
        await StartAsync();
        await ReplaceAsync(Certificate, "-----BEGIN CERTIFICATE-----\nMIIB");
        await Until.TrueAsync(() => Said.Contains("are not a certificate and its key", StringComparison.Ordinal), "half a file is refused");
        (await PresentedAsync()).ShouldBe("CN=first");

        var (chain, key) = await _authority.IssueAsync("late", days: -1);
        await ReplaceAsync(Certificate, chain);
        await ReplaceAsync(Key, key);
        await Until.TrueAsync(() => Said.Contains("has expired on", StringComparison.Ordinal), "what has expired is refused");
        (await PresentedAsync()).ShouldBe("CN=first");
        Said.ShouldNotContain("PRIVATE KEY");
    }

    [Fact]
    public async Task Certificate_that_expires_soon_is_told_of()
    {
        await WriteAsync("short", days: 10);
        await StartAsync();
        Said.ShouldContain($"warning the certificate in {Certificate} expires on ");
    }

    [Fact]
    public async Task Server_does_not_start_without_what_it_needs_to_be_trusted()
    {
        (await _project.FlexCoreAsync("serve", "--http", "127.0.0.1:0", "--grpc", "off")).ShouldExitWith(3).Error.ShouldContain($"error[FX3041]: {Certificate} and {Key} are not a certificate and its key");
        var (chain, _) = await _authority.IssueAsync("first");
        var (_, other) = await _authority.IssueAsync("second");
        _project.Write("tls/tls.crt", chain).Write("tls/tls.key", other);
        (await _project.FlexCoreAsync("serve", "--http", "127.0.0.1:0", "--grpc", "off")).ShouldExitWith(3).Error.ShouldContain("error[FX3041]");
        _project.Write("flexcore.yaml", $"tls: {{ certificate: {Certificate} }}\n");
        (await _project.FlexCoreAsync("serve")).ShouldExitWith(2).Error.ShouldContain("'tls.certificate' needs 'tls.key'");
    }

    [Fact]
    public async Task Address_that_others_can_reach_is_listened_on_with_a_certificate()
    {
        await WriteAsync("first");

        // An address of documentation: of no machine, so it cannot be had, but it is not refused as unsafe.
        (await _project.FlexCoreAsync("serve", "--http", "203.0.113.1:4711", "--grpc", "off")).ShouldExitWith(3).Error.ShouldContain("error[FX3040]");
    }

    private async Task<string> StartAsync()
    {
        (await _project.FlexCoreAsync("pipeline", "apply", "-f", "waiting.yaml")).ShouldExitWith(0);
        var token = (await _project.FlexCoreAsync("token", "create", "root", "--role", "admin")).ShouldExitWith(0).Output.Trim();
        _node = _project.StartFlexCore("serve", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0");
        await Until.TrueAsync(() => Said.Split("gRPC at ") is [_, var rest] && rest.Contains('\n', StringComparison.Ordinal), "the node listens");
        return token;
    }

    private async Task WriteAsync(string name, int days = 365)
    {
        var (chain, key) = await _authority.IssueAsync(name, days);
        _project.Write("tls/tls.crt", chain).Write("tls/tls.key", key);
    }

    private static async Task ReplaceAsync(string file, string content)
    {
        await File.WriteAllTextAsync($"{file}.new", content, Token);
        File.Move($"{file}.new", file, overwrite: true);
    }

    /// <summary>A client that knows the root alone: the server must send what is between.</summary>
    private HttpClient Client(SslProtocols protocols = SslProtocols.None) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = protocols,
            CertificateChainPolicy = TrustRoot(),
        },
    })
    { Timeout = TimeSpan.FromSeconds(30) };

    private X509ChainPolicy TrustRoot() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(_authority.Root) }, RevocationMode = X509RevocationMode.NoCheck,
    };

    /// <summary>Whom a new connection meets.</summary>
    private async Task<string> PresentedAsync()
    {
        using var tcp = new System.Net.Sockets.TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, Rest.Port, Token);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                CertificateChainPolicy = TrustRoot(),
            },
            Token);
        return tls.RemoteCertificate!.Subject;
    }
}
