using FlexCore.Infrastructure.Http;
using FlexCore.Infrastructure.Vault;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlexCore.Infrastructure.Tests.Vault;

/// <summary>Against a real Vault or OpenBao: <c>FLEXCORE_TEST_VAULT</c> is its address, <c>FLEXCORE_TEST_VAULT_TOKEN</c> a token that may write to <c>secret/flexcore-test</c>, an engine KV 2.</summary>
public sealed class VaultIntegrationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Secret_that_was_written_there_is_found_with_its_versions()
    {
        var address = Environment.GetEnvironmentVariable("FLEXCORE_TEST_VAULT");
        Assert.SkipWhen(string.IsNullOrEmpty(address), "FLEXCORE_TEST_VAULT names no server");
        var token = Environment.GetEnvironmentVariable("FLEXCORE_TEST_VAULT_TOKEN") ?? "";
        await using var http = new HttpServiceClient("vault", new HttpOptions { Addresses = [address!] }, NullLoggerFactory.Instance, TimeProvider.System);
        var name = $"s-{Guid.NewGuid():N}";
        foreach (var value in (string[])["first", "second"])
        {
            var body = System.Text.Encoding.UTF8.GetBytes($"{{\"data\":{{\"value\":\"{value}\"}}}}");
            (await http.SendAsync(new HttpCall(HttpMethod.Put, $"v1/secret/data/flexcore-test/{name}") { Body = body, ContentType = "application/json", Headers = [new("X-Vault-Token", token)] }, Token)).EnsureSuccess();
        }

        await using var vault = new VaultClient("vault", new VaultOptions { Address = address!, Folder = "flexcore-test", Token = token }, NullLoggerFactory.Instance, TimeProvider.System);
        var newest = (await vault.FindAsync(name, version: null, Token)).ShouldNotBeNull();
        (newest.Value, newest.Version).ShouldBe(("second", "2"));
        (await vault.FindAsync(name, "1", Token)).ShouldNotBeNull().Value.ShouldBe("first");
        (await vault.FindAsync("nothing", version: null, Token)).ShouldBeNull();
        (await vault.ListAsync(Token)).ShouldContain(secret => secret.Name == name);
        (await vault.CheckHealthAsync(Token)).ShouldContain("unsealed");
    }
}
