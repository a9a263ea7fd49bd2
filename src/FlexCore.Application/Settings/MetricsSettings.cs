using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>Who may read what nodes count.</summary>
internal static class MetricsSettings
{
    /// <summary>The setting, and section.</summary>
    public const string Key = "metrics";

    private const string Token = "token";
    private const string Public = "public";

    /// <summary>Whether everybody may.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static bool ArePublic(IReadOnlyList<Setting> settings) => settings.Find(Key)?.Value == Public;

    /// <summary>Says what is wrong with this setting; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key != Key
        ? new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {Key}", setting.At)
        : setting.Value is Token or Public ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be one of: {Token}, {Public}", setting.At);
}
