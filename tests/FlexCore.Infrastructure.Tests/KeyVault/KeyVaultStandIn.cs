using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using FlexCore.Infrastructure.Tests.Http;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Infrastructure.Tests.KeyVault;

/// <summary>A stand-in for Azure's Key Vault, which cannot be had here: HTTPS, the challenge of its authentication, secrets with versions, and lists by page. <c>FLEXCORE_TEST_KEYVAULT</c> names a real one.</summary>
public sealed class KeyVaultStandIn : IAsyncDisposable
{
    private const string Issuer = "https://login.example.com/tenant";

    private readonly ConcurrentDictionary<string, List<string>> _secrets = new(StringComparer.OrdinalIgnoreCase);
    private TestService _service = null!;

    public bool RefusesEverybody { get; set; }

    public int Busy { get; set; }

    public string Address => _service.Address;

    public int Connections => _service.Connections;

    public TokenCredential Credential { get; } = new Given();

    public static async Task<KeyVaultStandIn> StartAsync()
    {
        var vault = new KeyVaultStandIn();
        vault._service = await TestService.StartAsync(vault.AnswerAsync, isTls: true);
        return vault;
    }

    /// <summary>How its certificate is trusted, and that it is not of Azure's domain.</summary>
    public SecretClientOptions Ways() => new()
    {
        DisableChallengeResourceVerification = true,
        Transport = new HttpClientTransport(new HttpClient(new SocketsHttpHandler
        {
            SslOptions = { CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _service.Certificate! }, RevocationMode = X509RevocationMode.NoCheck } },
        })),
    };

    public void Set(string name, string value) => _secrets.GetOrAdd(name, _ => []).Add(value);

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private static Task Refuse(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { code, message = "no" } });
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (Busy-- > 0)
        {
            await Refuse(context, 429, "Throttled");
            return;
        }

        if (RefusesEverybody)
        {
            await Refuse(context, 403, "Forbidden");
            return;
        }

        if (context.Request.Headers.Authorization != $"Bearer {Given.Token}")
        {
            context.Response.Headers.WWWAuthenticate = $"Bearer authorization=\"{Issuer}\", resource=\"https://vault.azure.net\"";
            await Refuse(context, 401, "Unauthorized");
            return;
        }

        var parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 1)
        {
            await ListAsync(context);
        }
        else if (!_secrets.TryGetValue(parts[1], out var versions) || (parts.Length > 2 && !versions.Select(Version).Contains(parts[2])))
        {
            await Refuse(context, 404, "SecretNotFound");
        }
        else
        {
            var at = parts.Length > 2 ? versions.Select(Version).ToList().IndexOf(parts[2]) : versions.Count - 1;
            await context.Response.WriteAsJsonAsync(new { value = versions[at], id = $"{Address}secrets/{parts[1]}/{Version(versions[at], at)}", attributes = new { enabled = true, created = 1767323045, updated = 1767323045 } });
        }

        static string Version(string value, int at) => (at + 1).ToString("x32", CultureInfo.InvariantCulture);
    }

    // Two on a page.
    private Task ListAsync(HttpContext context)
    {
        var names = _secrets.Keys.Order(StringComparer.Ordinal).ToList();
        var from = int.TryParse(context.Request.Query["from"], out var asked) ? asked : 0;
        return context.Response.WriteAsJsonAsync(new
        {
            value = names.Skip(from).Take(2).Select(name => new { id = $"{Address}secrets/{name}", attributes = new { enabled = true, updated = 1767323045 } }),
            nextLink = from + 2 < names.Count ? $"{Address}secrets?api-version=7.5&from={from + 2}" : null,
        });
    }

    private sealed class Given : TokenCredential
    {
        public const string Token = "token-of-the-test";

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(Token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
