using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FlexCore.Server.Access.Oidc;

/// <summary>
/// Users of the identity provider sign in to the console: the authorization code flow of OpenID Connect Core 1.0 (3.1), with PKCE (RFC 7636) and held against RFC 9700. What it needs of a library, checking tokens,
/// is in <see cref="OidcAuthenticator"/>; the rest is one address and one request.
/// </summary>
internal sealed class CodeFlow(OidcAuthenticator users, OidcClient client, ISecrets secrets) : IDisposable
{
    private const int MaxBytes = 256 * 1024;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) })
    {
        Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = MaxBytes,
    };

    /// <summary>Where the provider is, for people.</summary>
    public string Provider => users.Settings.Authority.Host;

    /// <summary>Where somebody signs in.</summary>
    /// <param name="attempt">That they do.</param>
    /// <param name="redirect">Where they come back to.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The address; or why there is none.</returns>
    public async Task<Result<string>> BeginAsync(SignInAttempt attempt, string redirect, CancellationToken cancellationToken)
    {
        var provider = await users.ReadProviderAsync(cancellationToken);
        if (!provider.IsSuccess) return provider.Errors.ToArray();
        if (provider.Value.SignInAt is not { } place) return Away("it does not say where its users sign in");
        var query = new QueryBuilder
        {
            { "response_type", "code" }, { "client_id", client.Id }, { "redirect_uri", redirect }, { "scope", client.Scope }, { "state", attempt.State }, { "nonce", attempt.Nonce },
            { "code_challenge", attempt.Challenge }, { "code_challenge_method", "S256" },
        }.ToQueryString().Value!;
        return place.Query.Length == 0 ? place.AbsoluteUri + query : $"{place.AbsoluteUri}&{query[1..]}";
    }

    /// <summary>Who has come back.</summary>
    /// <param name="attempt">That they went; null where this browser does not know of it.</param>
    /// <param name="answer">What the provider has sent with them.</param>
    /// <param name="redirect">Where they were sent to, exactly as the provider was told before.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>Who they are and until when the provider stands in for that; or why nobody knows.</returns>
    public async Task<Result<SignedInUser>> FinishAsync(SignInAttempt? attempt, IQueryCollection answer, string redirect, CancellationToken cancellationToken)
    {
        // 1. Whether it is the answer to what this browser has asked.
        if (attempt is null || answer["state"] is not [{ } state] || !IsSame(state, attempt.State)) return Refused("it was not begun in this browser, or it took too long, or it was finished before");
        var provider = await users.ReadProviderAsync(cancellationToken);
        if (!provider.IsSuccess) return provider.Errors.ToArray();
        if (answer["iss"] is [{ } issuer] && issuer != provider.Value.Issuer) return Refused("another identity provider has answered");
        if (answer["error"] is [{ } error]) return Refused($"the identity provider says {Printable.Escape(error)}");
        if (answer["code"] is not [{ Length: > 0 } code]) return Refused("the identity provider has sent no code");
        if (provider.Value.TokensAt is not { } place) return Away("it does not say where codes are exchanged");

        // 2. What the code stands for.
        var exchanged = await ExchangeAsync(place, attempt, code, redirect, cancellationToken);
        if (!exchanged.IsSuccess) return exchanged.Errors.ToArray();

        // 3. Whether that is of the provider, for this console and for this attempt.
        var token = await users.CheckAsync(exchanged.Value, client.Id, cancellationToken);
        if (!token.IsSuccess) return token.Errors.ToArray();
        if (!IsSame(Claim(token.Value, "nonce"), attempt.Nonce)) return Refused("the ID token was made for another attempt");
        if (Claim(token.Value, "azp") is { Length: > 0 } party && party != client.Id) return Refused("the ID token was given to somebody else");
        var user = users.Read(token.Value);
        return user.IsSuccess ? new SignedInUser(user.Value, new DateTimeOffset(token.Value.ValidTo, TimeSpan.Zero)) : user.Errors.ToArray();
    }

    public void Dispose() => _http.Dispose();

    private async Task<Result<string>> ExchangeAsync(Uri place, SignInAttempt attempt, string code, string redirect, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, place);
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect, ["code_verifier"] = attempt.Verifier };
        if (client.Secret is { } name)
        {
            var secret = await secrets.FindAsync(name, cancellationToken);
            if (!secret.IsSuccess) return secret.Errors.ToArray();

            // RFC 6749, 2.3.1: each part is encoded as in a form first.
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{WebUtility.UrlEncode(client.Id)}:{WebUtility.UrlEncode(secret.Value)}")));
        }
        else
        {
            form["client_id"] = client.Id;
        }

        request.Content = new FormUrlEncodedContent(form);
        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            using var said = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (answer.StatusCode == HttpStatusCode.OK) return Text(said, "id_token") is { } token ? token : Away("it gives no ID token for a code");
            return (int)answer.StatusCode < 500 ? Refused($"the identity provider does not take the code: {Printable.Escape(Text(said, "error") ?? $"{(int)answer.StatusCode}")}") : Away($"it answers {(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return Away(e is OperationCanceledException ? "it did not answer in time" : e.Message);
        }
    }

    private static string? Text(JsonDocument document, string name) =>
        document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Claim(JsonWebToken token, string name) => token.TryGetPayloadValue<string>(name, out var value) ? value : "";

    private static bool IsSame(string shown, string known) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(known));

    private static Error Refused(string why) => new(ErrorCodes.TokenRefused, $"signing in has failed: {why}");

    private Error Away(string why) => new(ErrorCodes.IdentityProviderUnavailable, $"the identity provider {users.Settings.Authority} cannot be asked who this is: {why}");
}

/// <summary>Somebody whom the identity provider knows.</summary>
/// <param name="Caller">Who they are, and what they may do.</param>
/// <param name="Until">How long the provider stands in for that.</param>
internal sealed record SignedInUser(Caller Caller, DateTimeOffset Until);
