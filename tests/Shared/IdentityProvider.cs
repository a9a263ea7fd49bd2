using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.Testing;

/// <summary>An identity provider of the tests' own on loopback: npm's oidc-provider, and tokens that it never gave out by npm's jose. See provider.mjs.</summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    /// <summary>The secret of the client <c>console</c>; with characters that have to be encoded.</summary>
    public const string ConsoleSecret = "secret of the console: %&+";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Repository.PathOf("tests", "Shared", "oidc");

    private readonly Process _process;

    private IdentityProvider(Process process, string issuer) => (_process, Issuer) = (process, issuer);

    /// <summary>Its address.</summary>
    public string Issuer { get; }

    public static async Task<IdentityProvider> StartAsync()
    {
        await NpmPackages.InstallAsync(Folder);
        var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, "provider.mjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        process.BeginErrorReadLine();
        var said = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return new IdentityProvider(process, JsonElement.Parse(said.ShouldNotBeNull("the identity provider has not started")).GetProperty("issuer").GetString()!);
    }

    /// <summary>A token that it gives out: to alice (admins, staff), bob (ops) or carol (staff).</summary>
    public async Task<string> TokenAsync(string client, string audience) => (await AskAsync(new JsonObject { ["do"] = "token", ["client"] = client, ["audience"] = audience })).GetString()!;

    /// <summary>A token that it never gave out, like one of alice.</summary>
    /// <param name="header">What its header says instead; null takes out.</param>
    /// <param name="claims">What its claims say instead; null takes out.</param>
    /// <param name="key">own, other, none, or hmac.</param>
    public async Task<string> SignAsync(JsonObject? header = null, JsonObject? claims = null, string key = "own") =>
        (await AskAsync(new JsonObject { ["do"] = "sign", ["header"] = header, ["claims"] = claims, ["key"] = key })).GetString()!;

    /// <summary>Users of its client <c>console</c>, whose secret is <see cref="ConsoleSecret"/>, may be sent back there.</summary>
    public Task AllowRedirectAsync(string uri) => AskAsync(new JsonObject { ["do"] = "redirect", ["uri"] = uri });

    /// <summary>How long ID tokens hold from now on.</summary>
    public Task HoldForAsync(TimeSpan life) => AskAsync(new JsonObject { ["do"] = "life", ["seconds"] = (int)life.TotalSeconds });

    /// <summary>It signs with a new key from now on.</summary>
    public Task RotateAsync() => AskAsync(new JsonObject { ["do"] = "rotate" });

    /// <summary>It is away.</summary>
    public Task StopAsync() => AskAsync(new JsonObject { ["do"] = "stop" });

    /// <summary>It is back.</summary>
    public Task StartAgainAsync() => AskAsync(new JsonObject { ["do"] = "start" });

    /// <summary>How often its keys were fetched.</summary>
    public async Task<int> CountFetchesAsync() => (await AskAsync(new JsonObject { ["do"] = "count" })).GetInt32();

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }

    private async Task<JsonElement> AskAsync(JsonObject request)
    {
        await _process.StandardInput.WriteLineAsync(request.ToJsonString());
        return JsonElement.Parse((await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience)).ShouldNotBeNull("the identity provider has ended")).GetProperty("answer");
    }
}
