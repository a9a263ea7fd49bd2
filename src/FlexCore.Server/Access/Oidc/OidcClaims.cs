using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using Microsoft.IdentityModel.Tokens;

namespace FlexCore.Server.Access.Oidc;

/// <summary>What a token says of its bearer, once it is known to be true.</summary>
internal sealed class OidcClaims(OidcSettings settings)
{
    /// <summary>What the names of users of the identity provider begin with: no access token can be called so.</summary>
    public const string NamePrefix = "oidc:";

    private const int LongestName = 128;

    // Of several the first: who may change something is not kept from it by also being allowed to look.
    private static readonly Role[] ByWeight = [Role.Admin, Role.Operator, Role.Auditor, Role.Viewer];

    /// <summary>The bearer; or why they may not ask anything.</summary>
    /// <param name="payload">The claims, as the token has them.</param>
    /// <param name="what">What the token is, for people.</param>
    public Result<Caller> Read(string payload, string what)
    {
        using var claims = Parse(payload);
        if (claims is null) return new Error(ErrorCodes.TokenRefused, $"the {what} is refused: its claims are not an object with each name once");
        if (Find(claims.RootElement, settings.NameClaim) is not { ValueKind: JsonValueKind.String } name || name.GetString() is not { Length: > 0 and <= LongestName } text || Printable.Escape(text) != text)
            return new Error(ErrorCodes.TokenRefused, $"the {what} is refused: its claim '{settings.NameClaim}' is not a name of at most {LongestName} characters");
        var roles = Texts(Find(claims.RootElement, settings.RoleClaim)).Where(settings.Roles.ContainsKey).Select(value => settings.Roles[value]).ToHashSet();
        return roles.Count > 0
            ? new Caller(NamePrefix + text, ByWeight.First(roles.Contains)) { Identity = $"{NamePrefix}{settings.Authority} {SubjectOf(claims.RootElement) ?? text}" }
            : new Error(
                ErrorCodes.AccessDenied, $"{NamePrefix}{text} has no role here: nothing in the claim '{settings.RoleClaim}' stands under oidc.roles",
                SpecificRemedy: "Give them a role at the identity provider, or name what they have there under `oidc.roles` in flexcore.yaml.");
    }

    // A provider gives it to nobody else, as it may do with what people are called.
    private static string? SubjectOf(JsonElement claims) => claims.TryGetProperty("sub", out var subject) && subject.ValueKind == JsonValueKind.String ? subject.GetString() : null;

    private static JsonDocument? Parse(string payload)
    {
        try
        {
            var document = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(payload), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            return null;
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return null;
        }
    }

    // As it is written, for names may have dots (https://example.com/roles), or else step by step (realm_access.roles).
    private static JsonElement? Find(JsonElement claims, string name)
    {
        if (claims.TryGetProperty(name, out var whole)) return whole;
        foreach (var step in name.Split('.'))
        {
            if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty(step, out claims)) return null;
        }

        return claims;
    }

    private static IEnumerable<string> Texts(JsonElement? claim) => claim switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many => many.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!),
        _ => [],
    };
}
