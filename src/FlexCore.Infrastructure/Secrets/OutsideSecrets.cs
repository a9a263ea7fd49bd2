using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;
using FlexCore.Infrastructure.Caching;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.KeyVault;
using FlexCore.Infrastructure.SecretSources;
using FlexCore.Infrastructure.Vault;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Secrets;

/// <summary>Secrets that somebody outside keeps. What was asked for stays in this process for a while, encrypted.</summary>
internal sealed class OutsideSecrets : ISecrets, IAsyncDisposable
{
    private const int MostBytes = 16 * 1024 * 1024;

    private readonly SystemClient _client;
    private readonly ISecretSource _source;
    private readonly Cache _cache;
    private readonly CachedSecrets _kept;
    private readonly Func<string, string> _nameThere;

    private OutsideSecrets(string place, SystemClient client, ISecretSource source, Func<string, string> nameThere, TimeSpan keptFor, TimeProvider time)
    {
        (Place, _client, _source, _nameThere) = (place, client, source, nameThere);
        var options = new SecretCacheOptions { KeptFor = keptFor };
        _cache = new Cache("secrets", new CacheOptions { Longest = options.KeptFor * 2 + options.StaleFor, MemoryBytes = MostBytes, ValueBytes = MostBytes, HardTimeout = TimeSpan.FromMinutes(1) }, redis: null, NullLoggerFactory.Instance, time);
        _kept = new CachedSecrets(source, _cache, key: null, options);
    }

    public string Place { get; }

    /// <summary>Those of HashiCorp Vault.</summary>
    public static OutsideSecrets InVault(OutsideSecretSettings settings, TimeProvider time)
    {
        var parts = settings.Path.Split('/', 2);
        var client = new VaultClient(
            "vault",
            new VaultOptions
            {
                Address = settings.Address.ToString(), Mount = parts[0], Folder = parts[1], Field = settings.Field, Namespace = settings.Namespace,
                Token = settings.Token, TokenFile = settings.TokenFile, RoleId = settings.RoleId, SecretId = settings.RoleSecret,
            },
            NullLoggerFactory.Instance,
            time);
        return new OutsideSecrets($"Vault ({settings.Address.Authority}, {settings.Path})", client, client, name => name, settings.KeptFor, time);
    }

    /// <summary>Those of Azure's Key Vault, whose names have hyphens where FlexCore's may have underscores.</summary>
    public static OutsideSecrets InKeyVault(OutsideSecretSettings settings, TimeProvider time)
    {
        var options = new KeyVaultOptions { Address = settings.Address.ToString(), TenantId = settings.TenantId, ClientId = settings.ClientId, ClientSecret = settings.ClientSecret };
        var client = new KeyVaultClient("key-vault", options, NullLoggerFactory.Instance, time);
        return new OutsideSecrets($"Key Vault ({settings.Address.Authority})", client, client, name => name.Replace('_', '-'), settings.KeptFor, time);
    }

    public async ValueTask<Result<string>> FindAsync(string name, CancellationToken cancellationToken) =>
        await _kept.FindAsync(_nameThere(name), version: null, cancellationToken) is { } secret
            ? SecretValue.Check(name, secret.Value, Place)
            : new Error(ErrorCodes.SecretMissing, $"there is no secret {name} in {Place}", SpecificRemedy: $"Put it there, as {_nameThere(name)}.");

    public async ValueTask<IReadOnlyList<SecretEntry>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await _source.ListAsync(cancellationToken)).Where(secret => SecretRules.IsName(secret.Name)).OrderBy(secret => secret.Name, StringComparer.Ordinal).Select(secret => new SecretEntry(secret.Name, secret.SetAt))];

    public async ValueTask DisposeAsync()
    {
        _kept.Dispose();
        await _cache.DisposeAsync();
        await _client.DisposeAsync();
    }
}
