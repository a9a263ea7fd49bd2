using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>Where secrets are kept.</summary>
public enum SecretKind
{
    /// <summary>Encrypted in a file of the data directory.</summary>
    Local,

    /// <summary>In the environment of the runtime.</summary>
    Env,

    /// <summary>In a folder, each in a file of its own.</summary>
    File,

    /// <summary>In HashiCorp Vault.</summary>
    Vault,

    /// <summary>In Azure's Key Vault.</summary>
    KeyVault,
}

/// <summary>Where the secrets of a project come from.</summary>
/// <param name="Kind">What keeps them.</param>
/// <param name="Folder">The folder with a file for each, where that is the kind.</param>
public sealed record SecretSettings(SecretKind Kind, string Folder)
{
    /// <summary>The section: its kind may be written as its value.</summary>
    public const string Section = "secrets";

    private const string KindKey = Section + ".kind";
    private const string FolderKey = Section + ".folder";

    /// <summary>What holds where nothing was set: the local store; the folder is the one where Docker puts secrets.</summary>
    public static SecretSettings Usual { get; } = new(SecretKind.Local, "/run/secrets");

    /// <summary>Where and how, where somebody outside keeps them; else null.</summary>
    public OutsideSecretSettings? Outside { get; init; }

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static SecretSettings Read(IReadOnlyList<Setting> settings)
    {
        var kind = FindKind(settings) is { } written ? ReadKind(written.Value)!.Value : Usual.Kind;
        return new SecretSettings(kind, settings.Find(FolderKey)?.Value ?? Usual.Folder) { Outside = IsOutside(kind) ? OutsideSecretSettings.Read(settings) : null };
    }

    /// <summary>What is needed beside what was set.</summary>
    /// <param name="settings">Settings that were not refused.</param>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings) =>
        FindKind(settings) is { } written && ReadKind(written.Value) is { } kind && IsOutside(kind) ? OutsideSecretSettings.FindMissing(settings, written, kind == SecretKind.Vault) : [];

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        Section or KindKey => ReadKind(setting.Value) is null ? Invalid(setting, "must be one of: local, env, file, vault, key-vault") : null,
        FolderKey => Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of a folder"),
        _ when OutsideSecretSettings.Keys.Contains(setting.Key, StringComparer.Ordinal) => OutsideSecretSettings.Refuse(setting),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {Section}, {KindKey}, {FolderKey}, {string.Join(", ", OutsideSecretSettings.Keys)}", setting.At),
    };

    private static bool IsOutside(SecretKind kind) => kind is SecretKind.Vault or SecretKind.KeyVault;

    private static Setting? FindKind(IReadOnlyList<Setting> settings) => settings.LastOrDefault(setting => setting.Key is Section or KindKey);

    private static SecretKind? ReadKind(string text) => text.ToLowerInvariant() switch
    {
        "local" => SecretKind.Local,
        "env" => SecretKind.Env,
        "file" => SecretKind.File,
        "vault" => SecretKind.Vault,
        "key-vault" => SecretKind.KeyVault,
        _ => null,
    };

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
