using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd.Server;

/// <summary>A server whose callers an identity provider knows.</summary>
public sealed class ServerWithProvider : IAsyncLifetime
{
    public const string Audience = "https://flexcore.test";

    public static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    internal IdentityProvider Provider { get; private set; } = null!;

    public ServedProject Server { get; } = new();

    public async ValueTask InitializeAsync()
    {
        Provider = await IdentityProvider.StartAsync();
        Server.Project.Write("flexcore.yaml", $$"""
            oidc:
              authority: {{Provider.Issuer}}
              audience: {{Audience}}
              roles: { admins: admin, ops: operator, auditors: auditor }

            """);
        await Server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Provider.DisposeAsync();
    }

    public async Task<RestAnswer> WhoAmIAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/system/whoami");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await Server.SendAsync(request);
    }

    /// <summary>Claims of a token that would be taken, but for some.</summary>
    public static JsonObject Claims(params (string Name, JsonNode? Value)[] instead)
    {
        var claims = new JsonObject { ["aud"] = Audience };
        foreach (var (name, value) in instead) claims[name] = value;
        return claims;
    }

    /// <summary>Shows a token that the provider never gave out.</summary>
    public async Task RefusedAsync(string why, JsonObject? header = null, JsonObject? claims = null, string key = "own", Func<string, string>? alter = null)
    {
        var token = await Provider.SignAsync(header, claims, key);
        (await WhoAmIAsync(alter is null ? token : alter(token))).ShouldFailWith(HttpStatusCode.Unauthorized, "FX6003").Json.GetProperty("detail").GetString()!.ShouldContain(why);
    }
}

/// <summary>Tokens of an identity provider.</summary>
public sealed class OidcTests(ServerWithProvider fixture) : IClassFixture<ServerWithProvider>
{
    private IdentityProvider Provider => fixture.Provider;

    private ServedProject Server => fixture.Server;

    [Fact]
    public async Task User_of_the_provider_may_do_what_their_role_allows_and_is_named_in_events()
    {
        var alice = (await fixture.WhoAmIAsync(await Provider.TokenAsync("alice", ServerWithProvider.Audience))).ShouldBe(HttpStatusCode.OK).Json;
        (alice.GetProperty("name").GetString(), alice.GetProperty("role").GetString()).ShouldBe(("oidc:alice", "admin"));

        var bob = await Provider.TokenAsync("bob", ServerWithProvider.Audience);
        using var start = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs") { Content = new StringContent("""{"pipeline":"one"}""", System.Text.Encoding.UTF8, "application/json") };
        start.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bob);
        var run = (await Server.SendAsync(start)).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString();
        (await Server.Project.EventsAsync("--stream", $"run-{run}"))[0].GetProperty("metadata").GetProperty("actor").GetString().ShouldBe("oidc:bob");
        using var secrets = new HttpRequestMessage(HttpMethod.Get, "/api/v1/secrets");
        secrets.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bob);
        (await Server.SendAsync(secrets)).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");

        await using var grpc = await GrpcClient.StartAsync(Server.GrpcAddress);
        (await grpc.CallAsync("RunService/Get", new JsonObject { ["run"] = run }, bob)).ShouldBe("OK");
        (await fixture.WhoAmIAsync(Server.TokenOf("viewer"))).ShouldBe(HttpStatusCode.OK).Json.GetProperty("name").GetString().ShouldBe("a-viewer", "access tokens hold beside");
    }

    [Fact]
    public async Task User_without_a_role_here_is_known_and_may_do_nothing()
    {
        var refused = (await fixture.WhoAmIAsync(await Provider.TokenAsync("carol", ServerWithProvider.Audience))).ShouldFailWith(HttpStatusCode.Forbidden, "FX6001");
        refused.Json.GetProperty("detail").GetString()!.ShouldContain("oidc:carol has no role here");
        refused.Json.GetProperty("remedy").GetString()!.ShouldContain("oidc.roles");
    }

    [Fact]
    public async Task Token_that_was_signed_here_as_the_provider_signs_is_taken()
    {
        // Those below differ from this one in what they are refused for, and in nothing else.
        (await fixture.WhoAmIAsync(await Provider.SignAsync(claims: ServerWithProvider.Claims()))).ShouldBe(HttpStatusCode.OK).Json.GetProperty("name").GetString().ShouldBe("oidc:alice");
        (await fixture.WhoAmIAsync(await Provider.SignAsync(claims: ServerWithProvider.Claims(("aud", new JsonArray("other", ServerWithProvider.Audience)))))).ShouldBe(HttpStatusCode.OK);
        (await fixture.WhoAmIAsync(await Provider.SignAsync(claims: ServerWithProvider.Claims(("roles", new JsonArray("staff", "auditors", "ops")))))).ShouldBe(HttpStatusCode.OK).Json.GetProperty("role").GetString().ShouldBe("operator");
        (await fixture.WhoAmIAsync(await Provider.SignAsync(claims: ServerWithProvider.Claims(("exp", ServerWithProvider.Now - 30))))).ShouldBe(HttpStatusCode.OK);
        (await fixture.WhoAmIAsync(await Provider.SignAsync(header: new JsonObject { ["kid"] = null, ["typ"] = null }, claims: ServerWithProvider.Claims()))).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Token_of_another_realm_is_refused()
    {
        await using var other = await IdentityProvider.StartAsync();
        (await fixture.WhoAmIAsync(await other.TokenAsync("alice", ServerWithProvider.Audience))).ShouldFailWith(HttpStatusCode.Unauthorized, "FX6003").Json.GetProperty("detail").GetString()!.ShouldContain("key that the identity provider does not have");
    }
}

/// <summary>Tokens that the provider would never give out: what they say.</summary>
public sealed class OidcClaimsTests(ServerWithProvider fixture) : IClassFixture<ServerWithProvider>
{
    [Fact]
    public async Task Claims_that_are_not_as_they_must_be_are_refused()
    {
        await fixture.RefusedAsync("another audience", claims: ServerWithProvider.Claims(("aud", "https://another.test")));
        await fixture.RefusedAsync("audience", claims: ServerWithProvider.Claims(("aud", null)));
        await fixture.RefusedAsync("another issuer", claims: ServerWithProvider.Claims(("iss", "https://evil.test")));
        await fixture.RefusedAsync("another issuer", claims: ServerWithProvider.Claims(("iss", fixture.Provider.Issuer + "/")));
        await fixture.RefusedAsync("issuer", claims: ServerWithProvider.Claims(("iss", null)));
        await fixture.RefusedAsync("expired", claims: ServerWithProvider.Claims(("exp", ServerWithProvider.Now - 120)));
        await fixture.RefusedAsync("would never expire", claims: ServerWithProvider.Claims(("exp", null)));
        await fixture.RefusedAsync("not valid yet", claims: ServerWithProvider.Claims(("nbf", ServerWithProvider.Now + 120)));
        await fixture.RefusedAsync("'sub' is not a name", claims: ServerWithProvider.Claims(("sub", null)));
        await fixture.RefusedAsync("'sub' is not a name", claims: ServerWithProvider.Claims(("sub", "")));
        await fixture.RefusedAsync("'sub' is not a name", claims: ServerWithProvider.Claims(("sub", new string('a', 129))));
        await fixture.RefusedAsync("'sub' is not a name", claims: ServerWithProvider.Claims(("sub", "alice\nforged")));
        await fixture.RefusedAsync("'sub' is not a name", claims: ServerWithProvider.Claims(("sub", 7)));
    }
}

/// <summary>Tokens that the provider would never give out: who has signed them.</summary>
public sealed class OidcForgeryTests(ServerWithProvider fixture) : IClassFixture<ServerWithProvider>
{
    [Fact]
    public async Task Forged_tokens_are_refused()
    {
        var header = (string name, JsonNode? value) => new JsonObject { [name] = value };
        await fixture.RefusedAsync("algorithm", header("alg", "none"), ServerWithProvider.Claims(), "none");
        await fixture.RefusedAsync("algorithm", header("alg", "None"), ServerWithProvider.Claims(), "none");
        await fixture.RefusedAsync("algorithm", header("alg", "HS256"), ServerWithProvider.Claims(), "hmac");
        await fixture.RefusedAsync("signature", null, ServerWithProvider.Claims(), "hmac");
        await fixture.RefusedAsync("neither an access token", null, ServerWithProvider.Claims(), "none", text => text.TrimEnd('.'));
        await fixture.RefusedAsync("signature", null, ServerWithProvider.Claims(), "none");
        await fixture.RefusedAsync("signature", null, ServerWithProvider.Claims(), "other");
        await fixture.RefusedAsync("signature", null, ServerWithProvider.Claims(), "own", text => text[..^8] + "AAAAAAAA");
        await fixture.RefusedAsync("key that the identity provider does not have", header("kid", "../../../../dev/null"), ServerWithProvider.Claims());
        await fixture.RefusedAsync("key that the identity provider does not have", header("kid", "x' UNION SELECT 'key"), ServerWithProvider.Claims());
        await fixture.RefusedAsync("signature", new JsonObject { ["jwk"] = "other" }, ServerWithProvider.Claims(), "other");
        await fixture.RefusedAsync("signature", new JsonObject { ["jku"] = $"{fixture.Provider.Issuer}/evil", ["x5u"] = $"{fixture.Provider.Issuer}/evil" }, ServerWithProvider.Claims(), "other");
        await fixture.RefusedAsync("made for something else", header("typ", "logout+jwt"), ServerWithProvider.Claims());
        await fixture.RefusedAsync("wants something", new JsonObject { ["crit"] = new JsonArray("urn:example:must"), ["urn:example:must"] = true }, ServerWithProvider.Claims());
        await fixture.RefusedAsync("longer than", null, ServerWithProvider.Claims(("padding", new string('a', 9000))));
        await fixture.RefusedAsync("neither an access token", null, ServerWithProvider.Claims(), "own", text => $"{text}.a.b");
        await fixture.RefusedAsync("neither an access token", null, ServerWithProvider.Claims(), "own", _ => "a.b.c");
    }
}

/// <summary>An identity provider that changes its keys, and that is away.</summary>
public sealed class OidcKeysTests : IAsyncLifetime
{
    private readonly ServerWithProvider _fixture = new();

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task New_key_of_the_provider_is_fetched_and_the_old_one_holds_no_longer()
    {
        var old = await TokenAsync();
        (await _fixture.WhoAmIAsync(old)).ShouldBe(HttpStatusCode.OK);
        await _fixture.Provider.RotateAsync();
        var next = await TokenAsync();

        await Until.TrueAsync(async () => (await _fixture.WhoAmIAsync(next)).Status == HttpStatusCode.OK, "the new key is known");
        (await _fixture.WhoAmIAsync(old)).Status.ShouldNotBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Whoever_shows_unknown_keys_does_not_have_the_provider_asked_for_each()
    {
        (await _fixture.WhoAmIAsync(await TokenAsync())).ShouldBe(HttpStatusCode.OK);
        foreach (var guess in Enumerable.Range(0, 15))
            await _fixture.WhoAmIAsync(await _fixture.Provider.SignAsync(new JsonObject { ["kid"] = $"guess-{guess}" }, new JsonObject { ["aud"] = ServerWithProvider.Audience }));

        (await _fixture.Provider.CountFetchesAsync()).ShouldBeLessThan(5);
    }

    [Fact]
    public async Task Provider_that_is_away_lets_in_whoever_it_has_let_in_before_and_is_told_of()
    {
        var token = await TokenAsync();
        await _fixture.Provider.StopAsync();
        (await _fixture.WhoAmIAsync(token)).ShouldFailWith(HttpStatusCode.ServiceUnavailable, "FX5003").Json.GetProperty("detail").GetString()!.ShouldContain(_fixture.Provider.Issuer);
        (await _fixture.WhoAmIAsync(_fixture.Server.TokenOf("viewer"))).ShouldBe(HttpStatusCode.OK);
        await using (var grpc = await GrpcClient.StartAsync(_fixture.Server.GrpcAddress))
            (await grpc.CallAsync("RunService/List", token: token)).ShouldFailWith("UNAVAILABLE", "FX5003");
        _fixture.Server.Said.ShouldContain($"the identity provider {_fixture.Provider.Issuer}/ cannot be asked for its keys");

        await _fixture.Provider.StartAgainAsync();
        await Until.TrueAsync(async () => (await _fixture.WhoAmIAsync(token)).Status == HttpStatusCode.OK, "it is back");
        await _fixture.Provider.StopAsync();
        (await _fixture.WhoAmIAsync(token)).ShouldBe(HttpStatusCode.OK);
        await _fixture.Provider.StartAgainAsync();
    }

    private Task<string> TokenAsync() => _fixture.Provider.TokenAsync("alice", ServerWithProvider.Audience);
}

/// <summary>What makes no sense about an identity provider.</summary>
public sealed class OidcSettingsTests : IDisposable
{
    private readonly TestProject _project = new();

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("authority: http://id.example.com, audience: a", "'oidc.authority' must be an address with https://, or with http:// on this machine")]
    [InlineData("authority: https://id.example.com", "needs 'oidc.audience'")]
    [InlineData("audience: a", "needs 'oidc.authority'")]
    [InlineData("authority: https://id.example.com, audience: a, roles: { x: root }", "'oidc.roles.x' must be one of: viewer, operator, admin, auditor")]
    public async Task Settings_that_would_let_in_the_wrong_ones_are_refused(string settings, string expected)
    {
        _project.Write("flexcore.yaml", $"oidc: {{ {settings} }}\n");
        (await _project.FlexCoreAsync("serve")).ShouldExitWith(2).Error.ShouldContain(expected);
    }
}
