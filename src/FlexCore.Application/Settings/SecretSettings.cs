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

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static SecretSettings Read(IReadOnlyList<Setting> settings) => new(
        settings.LastOrDefault(setting => setting.Key is Section or KindKey) is { } kind ? ReadKind(kind.Value)!.Value : Usual.Kind,
        settings.Find(FolderKey)?.Value ?? Usual.Folder);

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        Section or KindKey => ReadKind(setting.Value) is null ? Invalid(setting, "must be one of: local, env, file") : null,
        FolderKey => Path.IsPathFullyQualified(setting.Value) ? null : Invalid(setting, "must be the absolute path of a folder"),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {Section}, {KindKey}, {FolderKey}", setting.At),
    };

    private static SecretKind? ReadKind(string text) => text.ToLowerInvariant() switch
    {
        "local" => SecretKind.Local,
        "env" => SecretKind.Env,
        "file" => SecretKind.File,
        _ => null,
    };

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
