using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Tests.Vault;

namespace FlexCore.Infrastructure.Tests.Secrets;

public sealed class OutsideSecretsTests : IAsyncLifetime
{
    private VaultStandIn _vault = null!;
    private ISecrets _secrets = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _vault = await VaultStandIn.StartAsync();
        var settings = ProjectSettings.Read(
        [
            new("secrets.kind", "vault", "secrets.kind"), new("secrets.address", _vault.Address, "secrets.address"),
            new("secrets.path", "kv/apps", "secrets.path"), new("secrets.token", _vault.Token, "secrets.token"),
        ]).Value.Secrets;
        _secrets = InfrastructureModule.OpenSecrets("/nowhere", settings, TimeProvider.System);
    }

    [Fact]
    public async Task Secret_of_a_pipeline_comes_from_the_vault_and_is_kept_for_a_while()
    {
        _vault.Set("apps/api_key", "value-of-the-key");

        for (var step = 0; step < 3; step++) (await _secrets.FindAsync("api_key", Token)).Value.ShouldBe("value-of-the-key");

        _vault.Reads.ShouldBe(1);
    }

    [Fact]
    public async Task Secret_that_is_missing_or_too_short_says_where_it_should_be()
    {
        _vault.Set("apps/short", "abc");

        var missing = (await _secrets.FindAsync("nothing", Token)).Errors.ShouldHaveSingleItem();
        missing.Code.ShouldBe(ErrorCodes.SecretMissing);
        missing.Message.ShouldBe($"there is no secret nothing in Vault ({new Uri(_vault.Address).Authority}, kv/apps)");
        (await _secrets.FindAsync("short", Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.SecretUnusable);
    }

    [Fact]
    public async Task Only_names_that_pipelines_can_use_are_listed()
    {
        _vault.Set("apps/b_key", "value-b");
        _vault.Set("apps/a", "value-a");
        _vault.Set("apps/Not One", "value-c");

        (await _secrets.ListAsync(Token)).Select(secret => secret.Name).ShouldBe(["a", "b_key"]);
    }

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_secrets).DisposeAsync();
        await _vault.DisposeAsync();
    }
}
