using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.MongoDb;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Testing;

namespace FlexCore.Infrastructure.Tests.MongoDb;

/// <summary>Users, passwords and certificates.</summary>
public sealed class MongoDbAccessTests : IDisposable
{
    private const string Password = "canary: p@ss/w\u00f6rd%41";

    private readonly string _folder = Directory.CreateTempSubdirectory("flexcore-mongodb-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(MongoDbMechanism.Scram)]
    [InlineData(MongoDbMechanism.ScramSha256)]
    public async Task User_with_the_right_password_is_let_in(MongoDbMechanism mechanism)
    {
        await using var server = await MongoDbStandIn.StartAsync("--user", "app", "--password", Password);
        await using var client = Connect(server, "app", Password, mechanism);

        await client.InsertAsync("orders", MongoDbDocument.Empty, Token);
        await client.CheckHealthAsync(Token);
    }

    [Theory]
    [InlineData("app", "canary")]
    [InlineData("other", Password)]
    [InlineData("", "")]
    public async Task Anybody_else_is_told_so_and_no_password_shows(string user, string password)
    {
        await using var server = await MongoDbStandIn.StartAsync("--user", "app", "--password", Password);
        var log = new Lines();
        await using var client = Connect(server, user, password, MongoDbMechanism.Scram, log);

        var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.InsertAsync("orders", MongoDbDocument.Empty, Token));

        failure.Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        (failure + string.Join('\n', log.Written.Select(line => line.Text))).ShouldNotContain("canary");
    }

    [Fact]
    public async Task Server_with_a_certificate_that_is_trusted_is_asked_over_TLS_with_a_certificate_of_ours()
    {
        var (ca, server, client) = WriteCertificates();
        await using var running = await MongoDbStandIn.StartAsync("--tls-key", server, "--tls-certificate", server, "--tls-ca", ca);
        await using var mongo = SharedMongoDb.Connect(running.Address, options => (options.Security.Tls, options.Security.CaFile, options.Security.CertificateFile, options.Security.CertificatePassword) = (true, ca, client, Password));

        await mongo.InsertAsync("orders", MongoDbDocument.Empty, Token);
    }

    [Fact]
    public async Task User_is_known_by_the_certificate_alone()
    {
        var (ca, server, client) = WriteCertificates();
        await using var running = await MongoDbStandIn.StartAsync("--tls-key", server, "--tls-certificate", server, "--tls-ca", ca, "--user", "app", "--password", Password);

        foreach (var mechanism in (MongoDbMechanism[])[MongoDbMechanism.X509, MongoDbMechanism.Scram])
        {
            await using var mongo = SharedMongoDb.Connect(running.Address, options =>
                (options.Security.Tls, options.Security.CaFile, options.Security.CertificateFile, options.Security.CertificatePassword, options.Security.Mechanism) = (true, ca, client, Password, mechanism));
            if (mechanism == MongoDbMechanism.X509) await mongo.InsertAsync("orders", MongoDbDocument.Empty, Token);
            else (await MongoDbClientTests.FailureAsync(() => mongo.InsertAsync("orders", MongoDbDocument.Empty, Token))).Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        }
    }

    [Fact]
    public async Task Server_with_another_certificate_or_none_of_ours_is_not_reached()
    {
        var (ca, server, client) = WriteCertificates();
        await using var running = await MongoDbStandIn.StartAsync("--tls-key", server, "--tls-certificate", server, "--tls-ca", ca);

        await ShouldNotReachAsync(security => (security.Tls, security.CertificateFile, security.CertificatePassword) = (true, client, Password));
        await ShouldNotReachAsync(security => (security.Tls, security.CaFile) = (true, ca));
        await ShouldNotReachAsync(security => (security.Tls, security.CaFile, security.CertificateFile, security.CertificatePassword) = (true, ca, client, "canary"));
        await ShouldNotReachAsync(_ => { });

        async Task ShouldNotReachAsync(Action<MongoDbSecurityOptions> secure)
        {
            await using var mongo = SharedMongoDb.Connect(running.Address, options =>
            {
                secure(options.Security);
                (options.SelectionTimeout, options.Retry.Attempts) = (TimeSpan.FromSeconds(1), 1);
            });
            var failure = await Should.ThrowAsync<FlexCoreException>(async () => await mongo.CountAsync("orders", MongoDbDocument.Empty, Token));
            failure.Error.Code.ShouldBe(ErrorCodes.SystemUnreachable);
            failure.ToString().ShouldNotContain("canary");
        }
    }

    private static MongoDbClient Connect(MongoDbStandIn server, string user, string password, MongoDbMechanism mechanism, Lines? log = null) => SharedMongoDb.Connect(
        server.Address, options => (options.Security.User, options.Security.Password, options.Security.Mechanism) = (user, password, mechanism), log);

    /// <summary>An authority, and what it has given the server and the client; each file has its certificate and its key, the client's under <see cref="Password"/>.</summary>
    private (string Ca, string Server, string Client) WriteCertificates()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", caKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        using var ca = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return (Write("ca.pem", ca.ExportCertificatePem()), Issue("server.pem", "", 1), Issue("client.pem", Password, 2));

        string Issue(string name, string password, byte number)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var asked = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            asked.CertificateExtensions.Add(names.Build());
            using var given = asked.Create(ca, now.AddDays(-1), now.AddDays(1), [number]);
            var secret = password.Length == 0 ? key.ExportPkcs8PrivateKeyPem() : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
            return Write(name, given.ExportCertificatePem() + "\n" + secret + "\n");
        }

        string Write(string name, string text)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllText(path, text);
            return path;
        }
    }
}
