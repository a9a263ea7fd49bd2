using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.KeyVault;
using FlexCore.Infrastructure.SecretSources;
using FlexCore.Infrastructure.Tests.Clients;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FlexCore.Infrastructure.Tests.KeyVault;

public sealed class KeyVaultClientTests : IAsyncLifetime
{
    private readonly Lines _lines = new();
    private readonly LoggerFactory _loggers;
    private KeyVaultStandIn _vault = null!;
    private KeyVaultClient _client = null!;

    public KeyVaultClientTests() => _loggers = new LoggerFactory([_lines]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _vault = await KeyVaultStandIn.StartAsync();
        var options = new KeyVaultOptions { Address = _vault.Address };
        options.Retry.Delay = TimeSpan.FromMilliseconds(5);
        _client = new KeyVaultClient("keyvault", options, _vault.Credential, _vault.Ways(), _loggers, TimeProvider.System);
    }

    [Fact]
    public async Task Newest_version_and_each_one_before_it_are_found()
    {
        _vault.Set("api-key", "first-canary");
        _vault.Set("api-key", "second-canary");
        using var metrics = new Measured();

        var newest = (await _client.FindAsync("api-key", version: null, Token)).ShouldNotBeNull();

        newest.ShouldBe(new SourcedSecret("second-canary", "00000000000000000000000000000002", DateTimeOffset.FromUnixTimeSeconds(1767323045)));
        (await _client.FindAsync("api-key", "00000000000000000000000000000001", Token)).ShouldNotBeNull().Value.ShouldBe("first-canary");
        (await _client.FindAsync("nothing", version: null, Token)).ShouldBeNull();
        metrics.Names.ShouldContain("secret_source_duration_seconds");
        string.Join('\n', _lines.Written.Select(line => line.Text)).ShouldNotContain("canary");
    }

    [Fact]
    public async Task All_names_are_listed_over_all_pages()
    {
        foreach (var name in (string[])["a", "b", "c", "d", "e"]) _vault.Set(name, "value");

        (await _client.ListAsync(Token)).Select(secret => secret.Name).ShouldBe(["a", "b", "c", "d", "e"]);
    }

    [Fact]
    public async Task Vault_that_is_busy_is_asked_again_by_this_client_alone()
    {
        _vault.Set("key", "value");
        _vault.Busy = 2;

        (await _client.FindAsync("key", version: null, Token)).ShouldNotBeNull();

        _lines.Written.Count(line => line.Values.ContainsKey("Attempt")).ShouldBe(2);
        _vault.Busy = 3;
        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.FindAsync("key", version: null, Token))).Error.Code.ShouldBe(ErrorCodes.SystemBusy);
    }

    [Fact]
    public async Task Vault_that_refuses_is_told_by_its_code_and_so_is_its_health()
    {
        (await _client.CheckHealthAsync(Token)).ShouldBe("answers");
        _vault.RefusesEverybody = true;

        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.FindAsync("key", version: null, Token))).Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
        (await Should.ThrowAsync<FlexCoreException>(async () => await _client.CheckHealthAsync(Token))).Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
    }

    [Fact]
    public async Task Health_makes_no_connection_of_its_own()
    {
        await _client.FindAsync("key", version: null, Token);
        var before = _vault.Connections;

        for (var look = 0; look < 100; look++) await _client.CheckHealthAsync(Token);

        _vault.Connections.ShouldBe(before);
    }

    [Fact]
    public async Task Vault_that_is_not_there_is_told()
    {
        await using var client = new KeyVaultClient("keyvault", new KeyVaultOptions { Address = "https://127.0.0.1:1" }, _vault.Credential, _vault.Ways(), _loggers, TimeProvider.System);

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.FindAsync("key", version: null, Token))).Error.Code.ShouldBe(ErrorCodes.SystemUnreachable);
    }

    [Fact]
    public async Task Options_that_are_wrong_are_told_all_at_once_with_their_paths()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["FlexCore:KeyVault:Address"] = "http://vault", ["FlexCore:KeyVault:ClientSecret"] = "secret-canary", ["FlexCore:KeyVault:Colour"] = "blue",
        }).Build();
        await using var program = new ServiceCollection().AddFlexCoreKeyVault(configuration).BuildServiceProvider();

        var told = Should.Throw<OptionsValidationException>(() => program.GetRequiredService<KeyVaultClient>());

        told.Failures.Select(failure => failure.Split(": ")[0]).ShouldBe(["FlexCore:KeyVault:Colour", "FlexCore:KeyVault:Address", "FlexCore:KeyVault:ClientSecret"]);
        told.Message.ShouldNotContain("canary");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _vault.DisposeAsync();
        _loggers.Dispose();
    }
}
