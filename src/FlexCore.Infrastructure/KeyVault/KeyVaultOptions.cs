using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.KeyVault;

/// <summary>How a Key Vault of Azure is reached. Without a <see cref="ClientId"/> with its <see cref="ClientSecret"/>, who asks is found out as Azure's tools do: environment, workload or managed identity, and so on (DefaultAzureCredential).</summary>
public sealed class KeyVaultOptions : ClientOptions
{
    /// <summary>The vault: <c>https://my-vault.vault.azure.net</c>.</summary>
    public string Address { get; set; } = "";

    /// <summary>The directory (tenant) of the program's identity.</summary>
    public string TenantId { get; set; } = "";

    /// <summary>The program's identity.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Its secret.</summary>
    public string ClientSecret { get; set; } = "";

    private protected override IEnumerable<(string Key, string Problem)> ProblemsOfTheSystem()
    {
        if (!Uri.TryCreate(Address, UriKind.Absolute, out var uri) || uri.Scheme != "https" || uri.UserInfo.Length > 0) yield return (nameof(Address), "must be an address as https://my-vault.vault.azure.net");
        if (ClientSecret.Length > 0 && (ClientId.Length == 0 || TenantId.Length == 0)) yield return (nameof(ClientSecret), "belongs to ClientId and TenantId: there must be all or none");
        if (ClientSecret.Length == 0 && TenantId.Length > 0) yield return (nameof(TenantId), "belongs to ClientSecret: there must be all or none");
    }
}
