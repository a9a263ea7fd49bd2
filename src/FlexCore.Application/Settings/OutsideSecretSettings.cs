using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>Where secrets are that HashiCorp Vault or Azure's Key Vault keeps, and who asks for them. What is secret among these settings belongs into variables of the environment.</summary>
/// <param name="Address">The server, or the vault.</param>
/// <param name="Path">Of Vault: where its engine KV 2 is mounted, then the folder in it.</param>
/// <param name="KeptFor">How long a value is kept before its place is asked again.</param>
public sealed record OutsideSecretSettings(Uri Address, string Path, TimeSpan KeptFor)
{
    private const string AddressKey = SecretSettings.Section + ".address";
    private const string PathKey = SecretSettings.Section + ".path";
    private const string FieldKey = SecretSettings.Section + ".field";
    private const string NamespaceKey = SecretSettings.Section + ".namespace";
    private const string TokenKey = SecretSettings.Section + ".token";
    private const string TokenFileKey = SecretSettings.Section + ".token_file";
    private const string RoleKey = SecretSettings.Section + ".role_id";
    private const string RoleSecretKey = SecretSettings.Section + ".role_secret";
    private const string TenantKey = SecretSettings.Section + ".tenant_id";
    private const string ClientKey = SecretSettings.Section + ".client_id";
    private const string ClientSecretKey = SecretSettings.Section + ".client_secret";
    private const string KeptForKey = SecretSettings.Section + ".kept_for";

    private static readonly TimeSpan UsuallyKeptFor = TimeSpan.FromMinutes(5);

    /// <summary>All keys of these settings.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        [AddressKey, PathKey, FieldKey, NamespaceKey, TokenKey, TokenFileKey, RoleKey, RoleSecretKey, TenantKey, ClientKey, ClientSecretKey, KeptForKey];

    /// <summary>Of Vault: the field of a document that is the secret's value.</summary>
    public string Field { get; init; } = "value";

    /// <summary>Of Vault: its namespace; empty for none.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Of Vault: the token of FlexCore; empty where it has another way.</summary>
    public string Token { get; init; } = "";

    /// <summary>Of Vault: the file in which an agent keeps the token.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>Of Vault: the role with which a token is asked for.</summary>
    public string RoleId { get; init; } = "";

    /// <summary>The secret of that role.</summary>
    public string RoleSecret { get; init; } = "";

    /// <summary>Of Key Vault: the directory of the identity.</summary>
    public string TenantId { get; init; } = "";

    /// <summary>Of Key Vault: the identity; empty for that of the machine.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The secret of that identity.</summary>
    public string ClientSecret { get; init; } = "";

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused and among which none is missing; later ones win.</param>
    public static OutsideSecretSettings Read(IReadOnlyList<Setting> settings) => new(
        new Uri(Text(settings, AddressKey)), Text(settings, PathKey), settings.Find(KeptForKey) is { } kept ? Units.Duration(kept.Value)!.Value : UsuallyKeptFor)
    {
        Field = settings.Find(FieldKey)?.Value ?? "value",
        Namespace = Text(settings, NamespaceKey),
        Token = Text(settings, TokenKey),
        TokenFile = Text(settings, TokenFileKey),
        RoleId = Text(settings, RoleKey),
        RoleSecret = Text(settings, RoleSecretKey),
        TenantId = Text(settings, TenantKey),
        ClientId = Text(settings, ClientKey),
        ClientSecret = Text(settings, ClientSecretKey),
    };

    /// <summary>What is needed beside what was set, or does not go with it.</summary>
    /// <param name="settings">Settings that were not refused.</param>
    /// <param name="kind">The setting that says who keeps them.</param>
    /// <param name="isVault">Whether that is Vault.</param>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings, Setting kind, bool isVault)
    {
        if (Text(settings, AddressKey).Length == 0) yield return Missing(AddressKey, isVault ? "https://vault.example.com:8200" : "https://my-vault.vault.azure.net");
        if (isVault)
        {
            if (!Text(settings, PathKey).Contains('/', StringComparison.Ordinal)) yield return Missing(PathKey, "secret/apps/flexcore: where the engine KV 2 is mounted, then the folder");
            if (new[] { TokenKey, TokenFileKey, RoleKey }.Count(key => Text(settings, key).Length > 0) != 1)
                yield return new Error(ErrorCodes.MissingKey, $"{kind.Name} is {kind.Value}, which needs one of '{TokenKey}', '{TokenFileKey}' and '{RoleKey}'", kind.At, "Set one of them; a token belongs into FLEXCORE__SECRETS__TOKEN.");
            if (Text(settings, RoleKey).Length > 0 != Text(settings, RoleSecretKey).Length > 0) yield return Missing(RoleSecretKey, "the secret of the role, in FLEXCORE__SECRETS__ROLE_SECRET");
        }
        else if (Text(settings, ClientSecretKey).Length > 0 != Text(settings, TenantKey).Length > 0 || (Text(settings, ClientSecretKey).Length > 0 && Text(settings, ClientKey).Length == 0))
        {
            yield return new Error(ErrorCodes.MissingKey, $"'{TenantKey}', '{ClientKey}' and '{ClientSecretKey}' belong together", kind.At, "Set all of them, or none where the machine has an identity of its own.");
        }

        Error Missing(string key, string form) => new(ErrorCodes.MissingKey, $"'{key}' is missing: {kind.Name} is {kind.Value}", kind.At, $"Set it: {form}");
    }

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        AddressKey => Uri.TryCreate(setting.Value, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.UserInfo.Length == 0 ? null : Invalid(setting, "must be an address as https://vault.example.com:8200"),
        PathKey => setting.Value.Split('/').All(IsName) ? null : Invalid(setting, "must be a path as secret/apps/flexcore"),
        FieldKey => setting.Value.Length > 0 ? null : Invalid(setting, "must not be empty"),
        TokenFileKey => System.IO.Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of a file"),
        KeptForKey => Units.Duration(setting.Value) is not null ? null : Invalid(setting, $"must be {Units.DurationRule}"),
        _ => setting.Value.Any(char.IsControl) ? Invalid(setting, "must have no line breaks or other control characters in it") : null,
    };

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);

    private static bool IsName(string part) => part is not ("" or "." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string Text(IReadOnlyList<Setting> settings, string key) => settings.Find(key)?.Value ?? "";
}
