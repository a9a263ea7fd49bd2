using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace FlexCore.Infrastructure.Http;

/// <summary>Puts into requests how the service knows who asks. Tokens that are asked for are kept until shortly before they end, and asked for once for all who wait.</summary>
internal sealed class HttpAuth(HttpAuthOptions options, HttpMessageInvoker http, TimeProvider time) : IDisposable
{
    private const int MaxTokenBytes = 64 * 1024;
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan UsualLife = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _asking = new(1);
    private Granted? _granted;

    /// <summary>Whether another token may be had when the one that was sent is not taken.</summary>
    public bool CanRenew => options.Kind == HttpAuthKind.ClientCredentials;

    /// <returns>The token that was put in, where it was asked for.</returns>
    public async ValueTask<string?> ApplyAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        switch (options.Kind)
        {
            case HttpAuthKind.Bearer:
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
                break;
            case HttpAuthKind.Basic:
                request.Headers.Authorization = Basic();
                break;
            case HttpAuthKind.ApiKey:
                request.Headers.TryAddWithoutValidation(options.Header, options.Token);
                break;
            case HttpAuthKind.ClientCredentials:
                var token = await TokenAsync(cancellationToken);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                return token;
        }

        return null;
    }

    /// <summary>Forgets a token that the service did not take.</summary>
    public void Forget(string token)
    {
        if (_granted is { } granted && granted.Token == token) Interlocked.CompareExchange(ref _granted, null, granted);
    }

    public void Dispose() => _asking.Dispose();

    private async ValueTask<string> TokenAsync(CancellationToken cancellationToken)
    {
        if (_granted is { } kept && time.GetUtcNow() < kept.Until) return kept.Token;
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_granted is { } made && time.GetUtcNow() < made.Until) return made.Token;
            return (_granted = await AskAsync(cancellationToken)).Token;
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<Granted> AskAsync(CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal) { ["grant_type"] = "client_credentials" };
        if (options.Scope.Length > 0) form["scope"] = options.Scope;
        using var request = new HttpRequestMessage(HttpMethod.Post, options.TokenAddress) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = Basic();
        using var answer = await http.SendAsync(request, cancellationToken);
        var (body, isWhole) = await HttpBody.ReadAsync(answer.Content, MaxTokenBytes, cancellationToken);
        if (!answer.IsSuccessStatusCode || !isWhole) throw new TokenRefusedException((int)answer.StatusCode);
        try
        {
            using var document = JsonDocument.Parse(body);
            var token = document.RootElement.GetProperty("access_token").GetString() ?? throw new TokenRefusedException((int)answer.StatusCode);
            var life = document.RootElement.TryGetProperty("expires_in", out var seconds) && seconds.TryGetInt32(out var whole) ? TimeSpan.FromSeconds(whole) : UsualLife;
            return new Granted(token, time.GetUtcNow() + (life > 2 * Early ? life - Early : life / 2));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new TokenRefusedException((int)answer.StatusCode);
        }
    }

    // Section 2.3.1 of RFC 6749 wants the two encoded as in a form; RFC 7617 for Basic as such does not.
    private AuthenticationHeaderValue Basic()
    {
        var (user, password) = options.Kind == HttpAuthKind.Basic ? (options.User, options.Password) : (Uri.EscapeDataString(options.User), Uri.EscapeDataString(options.Password));
        return new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    }

    private sealed record Granted(string Token, DateTimeOffset Until);
}

/// <summary>No token was to be had for the program's credentials.</summary>
/// <param name="status">What the answer was.</param>
internal sealed class TokenRefusedException(int status) : Exception($"no token was given for the credentials ({status})")
{
    public int Status => status;
}
