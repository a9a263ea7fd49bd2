using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.SecretSources;
using FlexCore.Infrastructure.Tests.Clients;
using FlexCore.Infrastructure.Vault;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Tests.Vault;

public sealed class VaultClientTests : IAsyncLifetime
{
    private readonly DataFolder _data = new();
    private readonly Lines _lines = new();
    private readonly LoggerFactory _loggers;
    private readonly List<VaultClient> _clients = [];
    private VaultStandIn _vault = null!;

    public VaultClientTests() => _loggers = new LoggerFactory([_lines]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _vault = await VaultStandIn.StartAsync();

    [Fact]
    public async Task Newest_version_and_each_one_before_it_are_found()
    {
        _vault.Set("apps/key", "first");
        _vault.Set("apps/key", "second");
        var client = Connect(options => options.Token = _vault.Token);

        var newest = (await client.FindAsync("key", version: null, Token)).ShouldNotBeNull();
        newest.ShouldBe(new SourcedSecret("second", "2", DateTimeOffset.Parse("2026-01-02T03:04:05.678Z")));
        newest.ToString().ShouldBe("version 2");
        (await client.FindAsync("key", "1", Token)).ShouldNotBeNull().Value.ShouldBe("first");
        (await client.FindAsync("key", "3", Token)).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_not_there_or_was_deleted_or_has_no_such_field_is_none()
    {
        _vault.Set("apps/gone", null);
        _vault.Set("apps/key", "value");
        var client = Connect(options => options.Token = _vault.Token);

        (await client.FindAsync("nothing", version: null, Token)).ShouldBeNull();
        (await client.FindAsync("gone", version: null, Token)).ShouldBeNull();
        (await Connect(options => (options.Token, options.Field) = (_vault.Token, "password")).FindAsync("key", version: null, Token)).ShouldBeNull();
        (await Connect(options => (options.Token, options.Field) = (_vault.Token, "other")).FindAsync("key", version: null, Token)).ShouldNotBeNull().Value.ShouldBe("7");
    }

    [Fact]
    public async Task Names_are_listed_without_folders()
    {
        _vault.Set("apps/a", "1");
        _vault.Set("apps/b", "2");

        (await Connect(options => options.Token = _vault.Token).ListAsync(Token)).Select(secret => secret.Name).Order(StringComparer.Ordinal).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Token_of_a_role_is_asked_for_once_and_again_when_it_has_ended()
    {
        _vault.Set("apps/key", "value");
        var client = Connect(options => (options.RoleId, options.SecretId) = ("role", "role-canary"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => (await client.FindAsync("key", version: null, Token)).ShouldNotBeNull()));
        _vault.Logins.ShouldBe(1);

        _vault.Token = "token-2";
        (await client.FindAsync("key", version: null, Token)).ShouldNotBeNull();
        _vault.Logins.ShouldBe(2);
    }

    [Fact]
    public async Task Token_in_a_file_is_read_again_when_it_is_not_taken_any_more()
    {
        _vault.Set("apps/key", "value");
        var file = Path.Combine(_data.Path, "token");
        await File.WriteAllTextAsync(file, _vault.Token + "\n", Token);
        var client = Connect(options => options.TokenFile = file);
        (await client.FindAsync("key", version: null, Token)).ShouldNotBeNull();

        _vault.Token = "token-2";
        await File.WriteAllTextAsync(file, "token-2", Token);

        (await client.FindAsync("key", version: null, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Credentials_that_are_not_taken_are_told_by_their_code_and_do_not_show()
    {
        VaultClient[] clients =
        [
            Connect(options => options.Token = "token-canary"),
            Connect(options => (options.RoleId, options.SecretId) = ("role", "wrong-canary")),
            Connect(options => options.TokenFile = "/nowhere/token"),
        ];

        foreach (var client in clients)
        {
            var failure = await Should.ThrowAsync<FlexCoreException>(async () => await client.FindAsync("key", version: null, Token));
            failure.Error.Code.ShouldBe(ErrorCodes.SystemAccessRefused);
            failure.ToString().ShouldNotContain("canary");
        }

        string.Join('\n', _lines.Written.Select(line => line.Text)).ShouldNotContain("canary");
    }

    [Fact]
    public async Task Sealed_vault_is_told_by_its_health()
    {
        var client = Connect(options => options.Token = _vault.Token);
        (await client.CheckHealthAsync(Token)).ShouldBe("answers 200, unsealed");

        _vault.IsSealed = true;

        (await Should.ThrowAsync<FlexCoreException>(async () => await client.CheckHealthAsync(Token))).Error.Code.ShouldBe(ErrorCodes.SystemBusy);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await _vault.DisposeAsync();
        _loggers.Dispose();
        _data.Dispose();
    }

    private VaultClient Connect(Action<VaultOptions> configure)
    {
        var options = new VaultOptions { Address = _vault.Address, Mount = "kv", Folder = "apps" };
        configure(options);
        options.Problems().ShouldBeEmpty();
        var client = new VaultClient("vault", options, _loggers, TimeProvider.System);
        _clients.Add(client);
        return client;
    }
}
