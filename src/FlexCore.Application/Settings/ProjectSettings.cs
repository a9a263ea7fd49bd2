using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>All that configures a project.</summary>
/// <param name="Store">What keeps its events.</param>
/// <param name="Secrets">Where its secrets come from.</param>
/// <param name="Limits">The most that any plugin may use up.</param>
/// <param name="Isolation">What is accepted to keep its plugins apart.</param>
public sealed record ProjectSettings(StoreSettings Store, SecretSettings Secrets, WrittenLimits Limits, IsolationSettings Isolation)
{
    // Parts of FlexCore that are to come have settings of their own; who writes one now must not believe that it does something.
    private static readonly string[] LaterSections = ["coordination", "catalog", "files"];

    private static readonly string[] Sections = [StoreSettings.Section, SecretSettings.Section, LimitSettings.Section, IsolationSettings.Section];

    /// <summary>What holds where nothing was set.</summary>
    public static ProjectSettings Usual { get; } = new(StoreSettings.Embedded, SecretSettings.Usual, Limits: default, IsolationSettings.Usual);

    /// <summary>Checks and reads all settings.</summary>
    /// <param name="settings">Later ones win.</param>
    /// <returns>The settings, or everything that is wrong with them.</returns>
    public static Result<ProjectSettings> Read(IReadOnlyList<Setting> settings)
    {
        var errors = settings.Select(Refuse).OfType<Error>().Concat(StoreSettings.FindMissing(settings)).ToArray();
        return errors.Length > 0
            ? errors
            : new ProjectSettings(StoreSettings.Read(settings), SecretSettings.Read(settings), LimitSettings.Read(settings), IsolationSettings.Read(settings));
    }

    private static Error? Refuse(Setting setting) => setting.Key.Split('.')[0] switch
    {
        _ when setting.IsList && !IsolationSettings.IsList(setting) => new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be a text", setting.At),
        StoreSettings.Section => StoreSettings.Refuse(setting),
        SecretSettings.Section => SecretSettings.Refuse(setting),
        LimitSettings.Section => LimitSettings.Refuse(setting),
        IsolationSettings.Section => IsolationSettings.Refuse(setting),
        var section when LaterSections.Contains(section, StringComparer.Ordinal) => new Error(ErrorCodes.NotInThisVersion, $"'{setting.Name}' is not in this version of FlexCore yet", setting.At),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known are those of: {string.Join(", ", Sections)}", setting.At),
    };
}
