using System.Collections.Concurrent;
using System.Text.Json;
using FlexCore.Infrastructure.Tests.Http;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Infrastructure.Tests.Vault;

/// <summary>A stand-in for HashiCorp Vault, which cannot be had here: what its documents say of KV 2, AppRole and health, as far as the client asks it. <c>FLEXCORE_TEST_VAULT</c> names a real one.</summary>
public sealed class VaultStandIn : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, List<string?>> _secrets = new(StringComparer.Ordinal);
    private TestService _service = null!;
    private int _logins;
    private int _reads;

    /// <summary>The one that is taken.</summary>
    public string Token { get; set; } = "token-1";

    public bool IsSealed { get; set; }

    public string Address => _service.Address;

    public int Connections => _service.Connections;

    public int Logins => _logins;

    public int Reads => _reads;

    public static async Task<VaultStandIn> StartAsync()
    {
        var vault = new VaultStandIn();
        vault._service = await TestService.StartAsync(vault.AnswerAsync);
        return vault;
    }

    /// <summary>Adds a version of a secret; null is one that was deleted.</summary>
    public void Set(string path, string? value) => _secrets.GetOrAdd(path, _ => []).Add(value);

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private static Task Json(HttpContext context, int status, object document)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(document);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path == "/v1/sys/health")
        {
            await Json(context, IsSealed ? 503 : 200, new { @sealed = IsSealed });
        }
        else if (path == "/v1/auth/approle/login")
        {
            Interlocked.Increment(ref _logins);
            var asked = await JsonDocument.ParseAsync(context.Request.Body);
            if (asked.RootElement.GetProperty("role_id").GetString() == "role" && asked.RootElement.GetProperty("secret_id").GetString() == "role-canary") await Json(context, 200, new { auth = new { client_token = Token } });
            else await Json(context, 400, new { errors = new[] { "invalid role or secret ID" } });
        }
        else if (context.Request.Headers["X-Vault-Token"] != Token)
        {
            await Json(context, 403, new { errors = new[] { "permission denied" } });
        }
        else if (path.StartsWith("/v1/kv/metadata/", StringComparison.Ordinal))
        {
            var keys = _secrets.Keys.Where(key => key.StartsWith("apps/", StringComparison.Ordinal)).Select(key => key[5..]).Append("folder/");
            await Json(context, 200, new { data = new { keys } });
        }
        else
        {
            await ReadAsync(context, path["/v1/kv/data/".Length..]);
        }
    }

    private Task ReadAsync(HttpContext context, string path)
    {
        Interlocked.Increment(ref _reads);
        if (!_secrets.TryGetValue(path, out var versions)) return Json(context, 404, new { errors = Array.Empty<string>() });
        var version = int.TryParse(context.Request.Query["version"], out var asked) ? asked : versions.Count;
        if (version < 1 || version > versions.Count) return Json(context, 404, new { errors = Array.Empty<string>() });
        var metadata = new { version, created_time = "2026-01-02T03:04:05.678Z", deletion_time = "", destroyed = false };
        return versions[version - 1] is { } value
            ? Json(context, 200, new { data = new { data = new { value, other = 7 }, metadata } })
            : Json(context, 404, new { data = new { data = (object?)null, metadata } });
    }
}
