using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Application.Settings;

/// <summary>The identity provider (OpenID Connect) whose users may ask a server.</summary>
/// <param name="Authority">Its address, which is the issuer of its tokens.</param>
/// <param name="Audience">For whom its tokens must be: what it calls this server.</param>
/// <param name="NameClaim">The claim that tells one user from all others.</param>
/// <param name="RoleClaim">The claim with what they are; with dots, one within others.</param>
/// <param name="Roles">What that means here.</param>
public sealed record OidcSettings(Uri Authority, string Audience, string NameClaim, string RoleClaim, IReadOnlyDictionary<string, Role> Roles)
{
    /// <summary>As which client its users sign in to the console; null where they only ask over REST and gRPC.</summary>
    public OidcClient? Client { get; init; }

    /// <summary>The section of these settings.</summary>
    public const string Section = "oidc";

    private const string AuthorityKey = Section + ".authority";
    private const string AudienceKey = Section + ".audience";
    private const string NameClaimKey = Section + ".name_claim";
    private const string RoleClaimKey = Section + ".role_claim";
    private const string ClientIdKey = Section + ".client_id";
    private const string ClientSecretKey = Section + ".client_secret";
    private const string ScopeKey = Section + ".scope";
    private const string RolesPrefix = Section + ".roles.";

    private const string UsualNameClaim = "sub";
    private const string UsualRoleClaim = "roles";

    // Without it there is no ID token (OpenID Connect Core 1.0, 3.1.2.1).
    private const string NeededScope = "openid";

    private static readonly IReadOnlyDictionary<string, Role> RoleWords = Enum.GetValues<Role>().ToDictionary(role => role.ToString().ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>Whether an identity provider may be asked there: with TLS, or on this machine.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    /// <summary>Takes these settings out of all settings; null where there is no identity provider.</summary>
    /// <param name="settings">Settings that were not refused, of which none is missing; later ones win.</param>
    public static OidcSettings? Read(IReadOnlyList<Setting> settings)
    {
        if (settings.Find(AuthorityKey) is not { } authority) return null;
        var roles = new Dictionary<string, Role>(StringComparer.Ordinal);
        foreach (var setting in settings.Where(setting => setting.Key.StartsWith(RolesPrefix, StringComparison.Ordinal))) roles[setting.Key[RolesPrefix.Length..]] = RoleWords[setting.Value];
        return new OidcSettings(
            new Uri(authority.Value), settings.Find(AudienceKey)!.Value, settings.Find(NameClaimKey)?.Value ?? UsualNameClaim, settings.Find(RoleClaimKey)?.Value ?? UsualRoleClaim, roles.Count > 0 ? roles : RoleWords)
        {
            Client = settings.Find(ClientIdKey) is { } client ? new OidcClient(client.Value, settings.Find(ClientSecretKey)?.Value, settings.Find(ScopeKey)?.Value ?? NeededScope) : null,
        };
    }

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        AuthorityKey => Uri.TryCreate(setting.Value, UriKind.Absolute, out var authority) && IsSafe(authority) && authority.Query.Length + authority.Fragment.Length + authority.UserInfo.Length == 0
            ? null
            : Invalid(setting, "must be an address with https://, or with http:// on this machine, without a query"),
        AudienceKey or NameClaimKey or RoleClaimKey or ClientIdKey => setting.Value.Length > 0 ? null : Invalid(setting, "must not be empty"),
        ClientSecretKey => SecretRules.IsName(setting.Value) ? null : Invalid(setting, $"must be the name of a secret, and not the secret itself: {SecretRules.NameRule}"),
        ScopeKey => setting.Value.Split(' ').Contains(NeededScope, StringComparer.Ordinal) ? null : Invalid(setting, $"must have '{NeededScope}' among the scopes that it names, with spaces between them"),
        var key when key.StartsWith(RolesPrefix, StringComparison.Ordinal) && key.Length > RolesPrefix.Length => RoleWords.ContainsKey(setting.Value) ? null : Invalid(setting, $"must be one of: {string.Join(", ", RoleWords.Keys)}"),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {AuthorityKey}, {AudienceKey}, {NameClaimKey}, {RoleClaimKey}, {ClientIdKey}, {ClientSecretKey}, {ScopeKey}, {RolesPrefix}NAME", setting.At),
    };

    /// <summary>Says which settings are missing that others need.</summary>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings)
    {
        if (settings.Find(ClientSecretKey) is { } ofClient && settings.Find(ClientIdKey) is null) yield return new Error(ErrorCodes.InvalidValue, $"'{ofClient.Name}' needs '{ClientIdKey}'", ofClient.At);

        // Which claims are read may be said beforehand; who is let in may not be left half said.
        if (settings.FirstOrDefault(setting => setting.Key is AuthorityKey or AudienceKey or ClientIdKey || setting.Key.StartsWith(RolesPrefix, StringComparison.Ordinal)) is not { } any) yield break;
        foreach (var key in (string[])[AuthorityKey, AudienceKey])
        {
            if (settings.Find(key) is null) yield return new Error(ErrorCodes.InvalidValue, $"'{any.Name}' needs '{key}'", any.At);
        }
    }

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}

/// <summary>The console as a client of the identity provider.</summary>
/// <param name="Id">What the provider calls it.</param>
/// <param name="Secret">The name of the secret that it shows; null for a client without one.</param>
/// <param name="Scope">What it asks for, with spaces between.</param>
public sealed record OidcClient(string Id, string? Secret, string Scope);
