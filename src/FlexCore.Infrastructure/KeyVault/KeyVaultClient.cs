using System.Net;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.SecretSources;
using Microsoft.Extensions.Logging;
using Operation = FlexCore.Infrastructure.Clients.Operation;

namespace FlexCore.Infrastructure.KeyVault;

/// <summary>The secrets of a Key Vault of Azure. Names there have letters, digits and hyphens only.</summary>
public sealed class KeyVaultClient : SystemClient, ISecretSource
{
    private static readonly SystemTelemetry Telemetry = new("azure_key_vault", SystemKind.Http, SecretSourceMetrics.Duration, SecretSourceMetrics.Label);

    private static readonly Operation Read = new("read", MayRepeat: true);
    private static readonly Operation List = new("list", MayRepeat: true);

    private readonly SecretClient _vault;

    internal KeyVaultClient(string name, KeyVaultOptions options, ILoggerFactory loggers, TimeProvider time)
        : this(name, options, CredentialOf(options), new SecretClientOptions(), loggers, time)
    {
    }

    /// <summary>With a credential and ways of its own, as for an emulator.</summary>
    internal KeyVaultClient(string name, KeyVaultOptions options, TokenCredential credential, SecretClientOptions ways, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time)
    {
        // Attempts are counted once, by this client.
        ways.RetryPolicy = new RetryPolicy(maxRetries: 0);
        _vault = new SecretClient(new Uri(options.Address), credential, ways);
    }

    /// <inheritdoc/>
    public ValueTask<SourcedSecret?> FindAsync(string name, string? version, CancellationToken cancellationToken) => RunAsync(
        Read,
        resource: null,
        (_vault, name, version),
        static async (asked, token) =>
        {
            try
            {
                var secret = (await asked._vault.GetSecretAsync(asked.name, asked.version, cancellationToken: token)).Value;
                return new SourcedSecret(secret.Value, secret.Properties.Version, secret.Properties.UpdatedOn);
            }
            catch (RequestFailedException e) when (e.Status == (int)HttpStatusCode.NotFound)
            {
                return null;
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<(string Name, DateTimeOffset? SetAt)>> ListAsync(CancellationToken cancellationToken) => RunAsync<SecretClient, IReadOnlyList<(string, DateTimeOffset?)>>(
        List,
        resource: null,
        _vault,
        static async (vault, token) =>
        {
            var names = new List<(string, DateTimeOffset?)>();
            await foreach (var secret in vault.GetPropertiesOfSecretsAsync(token))
            {
                if (secret.Enabled != false) names.Add((secret.Name, secret.UpdatedOn));
            }

            return names;
        },
        cancellationToken);

    // There is nothing that asks less and needs the same rights.
    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _vault.GetSecretAsync("flexcore-health", cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == (int)HttpStatusCode.NotFound)
        {
            // It answers that there is none.
        }

        return "answers";
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [];

    private protected override CallFailure? Understand(Exception failure) => failure switch
    {
        AuthenticationFailedException => new CallFailure(FailureKind.AccessRefused, "no token was given for the credentials of this program"),
        RequestFailedException { Status: 0 } => new CallFailure(FailureKind.Unreachable, "no answer"),
        RequestFailedException { Status: 401 or 403 } => new CallFailure(FailureKind.AccessRefused, "the vault does not let this program read its secrets"),
        RequestFailedException { Status: 408 or 429 or 503 } busy => new CallFailure(FailureKind.Busy, $"the vault answers {busy.Status}"),
        RequestFailedException { Status: >= 500 } failed => new CallFailure(FailureKind.Unreachable, $"the vault answers {failed.Status}"),
        RequestFailedException refused => new CallFailure(FailureKind.RequestRefused, $"the vault answers {refused.Status} ({refused.ErrorCode})"),
        _ => null,
    };

    private static TokenCredential CredentialOf(KeyVaultOptions options)
    {
        if (options.ClientSecret.Length > 0) return new ClientSecretCredential(options.TenantId, options.ClientId, options.ClientSecret);
        return new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId.Length > 0 ? options.ClientId : null });
    }
}
