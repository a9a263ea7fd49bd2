using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using FlexCore.Infrastructure.KeyVault;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.KeyVault;

/// <summary>Against a real vault: <c>FLEXCORE_TEST_KEYVAULT</c> is its address; who asks is who Azure's tools find, and may set and read secrets.</summary>
public sealed class KeyVaultIntegrationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Secret_that_was_set_there_is_found_with_its_versions()
    {
        var address = Environment.GetEnvironmentVariable("FLEXCORE_TEST_KEYVAULT");
        Assert.SkipWhen(string.IsNullOrEmpty(address), "FLEXCORE_TEST_KEYVAULT names no vault");
        var driver = new SecretClient(new Uri(address!), new DefaultAzureCredential());
        var name = $"s-{Guid.NewGuid():N}";
        var first = (await driver.SetSecretAsync(name, "first", Token)).Value.Properties.Version;
        await driver.SetSecretAsync(name, "second", Token);

        await using var vault = new KeyVaultClient("keyvault", new KeyVaultOptions { Address = address! }, NullLoggerFactory.Instance, TimeProvider.System);
        (await vault.FindAsync(name, version: null, Token)).ShouldNotBeNull().Value.ShouldBe("second");
        (await vault.FindAsync(name, first, Token)).ShouldNotBeNull().Value.ShouldBe("first");
        (await vault.FindAsync("nothing-at-all", version: null, Token)).ShouldBeNull();
        (await vault.ListAsync(Token)).ShouldContain(secret => secret.Name == name);
    }
}
