using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FlexCore.Server.Access.Oidc;

/// <summary>
/// Says who comes with a JWT of the identity provider (RFC 7519, RFC 9068; held against RFC 8725). All that concerns the library that checks them is here.
/// </summary>
internal sealed class OidcAuthenticator(OidcSettings settings, ILogger log, TimeProvider time) : IDisposable
{
    private const int LongestToken = 8 * 1024;
    private const string AccessToken = "access token";
    private const string IdToken = "ID token";

    // Clocks of two machines may differ by this.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    // Of key pairs alone: with a shared secret, whoever knows the public key could sign.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    // Tokens that the provider makes for something else say so.
    private static readonly string[] Types = ["JWT", "at+jwt", "application/at+jwt"];

    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = LongestToken };

    private readonly OidcKeys _keys = new(settings.Authority, log, time);
    private readonly OidcClaims _claims = new(settings);

    /// <summary>The settings of the provider.</summary>
    public OidcSettings Settings => settings;

    /// <summary>Who comes with this text.</summary>
    /// <returns>The bearer; or why there is none, with nothing of the text.</returns>
    public async ValueTask<Result<Caller>> FindAsync(string text, CancellationToken cancellationToken)
    {
        var token = await CheckAsync(text, settings.Audience, AccessToken, cancellationToken);
        return token.IsSuccess ? _claims.Read(token.Value.EncodedPayload, AccessToken) : token.Errors.ToArray();
    }

    /// <summary>Whose ID token it is, once it was checked.</summary>
    public Result<Caller> Read(JsonWebToken token) => _claims.Read(token.EncodedPayload, IdToken);

    /// <summary>The ID token of somebody who signs in, once it is known to be one for a client.</summary>
    public ValueTask<Result<JsonWebToken>> CheckAsync(string text, string client, CancellationToken cancellationToken) => CheckAsync(text, client, IdToken, cancellationToken);

    /// <summary>What the provider publishes; or why that is not known.</summary>
    public ValueTask<Result<ProviderKeys>> ReadProviderAsync(CancellationToken cancellationToken) => _keys.FindAsync(_ => true, cancellationToken);

    public void Dispose() => _keys.Dispose();

    /// <summary>The token, once it is known that the provider has signed it for somebody and that it holds now; or why it does not, with nothing of the text.</summary>
    private async ValueTask<Result<JsonWebToken>> CheckAsync(string text, string audience, string what, CancellationToken cancellationToken)
    {
        if (text.Length > LongestToken) return Refused($"it is longer than {LongestToken} characters");
        if (Read(text) is not { } token) return Refused("it is neither an access token of this server nor a signed JWT");
        if (!Algorithms.Contains(token.Alg, StringComparer.Ordinal)) return Refused("it is not signed by an algorithm of key pairs");
        if (token.Typ is { Length: > 0 } type && !Types.Contains(type, StringComparer.OrdinalIgnoreCase)) return Refused("it was made for something else");
        if (token.TryGetHeaderValue<object>("crit", out _)) return Refused("it wants something to be understood that is not");

        var found = await _keys.FindAsync(known => KeysOf(known, token).Count > 0, cancellationToken);
        if (!found.IsSuccess) return found.Errors.ToArray();
        var keys = KeysOf(found.Value, token);
        if (keys.Count == 0) return Refused("it is signed with a key that the identity provider does not have");
        var result = await Handler.ValidateTokenAsync(token, Rules(found.Value.Issuer, audience, keys));
        return result.IsValid ? token : Refused(Explain(result.Exception));

        Error Refused(string why) => new(ErrorCodes.TokenRefused, $"the {what} is refused: {why}");
    }

    private static JsonWebToken? Read(string text)
    {
        // Five parts are an encrypted token: those are not taken, and so never decompressed.
        if (text.Count(c => c == '.') != 2) return null;
        try
        {
            return new JsonWebToken(text);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or JsonException)
        {
            return null;
        }
    }

    /// <summary>By its name alone: keys and addresses of keys in the token itself are nobody's. A token without one is for the only key that there is.</summary>
    private static List<JsonWebKey> KeysOf(ProviderKeys known, JsonWebToken token) =>
        string.IsNullOrEmpty(token.Kid) ? known.Keys.Count == 1 ? [known.Keys[0]] : [] : [.. known.Keys.Where(key => key.Kid == token.Kid && (string.IsNullOrEmpty(key.Alg) || key.Alg == token.Alg))];

    private TokenValidationParameters Rules(string issuer, string audience, List<JsonWebKey> keys) => new()
    {
        ValidIssuer = issuer,
        ValidAudience = audience,
        ValidAlgorithms = Algorithms,
        IssuerSigningKeyResolver = (_, _, _, _) => keys,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        RequireAudience = true,
        LifetimeValidator = (notBefore, expires, _, _) => time.GetUtcNow().UtcDateTime is var now && now - Skew < expires && !(now + Skew < notBefore),
    };

    private static string Explain(Exception why) => why switch
    {
        SecurityTokenInvalidAudienceException => "it is for another audience",
        SecurityTokenInvalidIssuerException => "it is of another issuer",
        SecurityTokenInvalidLifetimeException or SecurityTokenNoExpirationException => "it has expired, or is not valid yet, or would never expire",
        SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException => "its signature is wrong",
        _ => "it does not hold",
    };
}
