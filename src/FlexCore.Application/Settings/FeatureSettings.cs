using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>What an operator can turn off, while nodes run, without anything being taken away for ever.</summary>
/// <param name="Schedules">Whether schedules and backfills start runs.</param>
/// <param name="Triggers">Whether events and files start runs.</param>
/// <param name="Webhooks">Whether messages of other systems are taken.</param>
/// <param name="PreparedSandboxes">Whether the sandboxes of the next tasks are set up while the one before runs.</param>
/// <param name="Console">Whether there are pages for people at the address of REST.</param>
public sealed record FeatureSettings(bool Schedules, bool Triggers, bool Webhooks, bool PreparedSandboxes, bool Console)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "features";

    private const string SchedulesKey = Section + ".schedules";
    private const string TriggersKey = Section + ".triggers";
    private const string WebhooksKey = Section + ".webhooks";
    private const string PreparedSandboxesKey = Section + ".prepared_sandboxes";
    private const string ConsoleKey = Section + ".console";

    private static readonly string[] Keys = [SchedulesKey, TriggersKey, WebhooksKey, PreparedSandboxesKey, ConsoleKey];

    /// <summary>What holds where nothing was set: all.</summary>
    public static FeatureSettings Usual { get; } = new(Schedules: true, Triggers: true, Webhooks: true, PreparedSandboxes: true, Console: true);

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static FeatureSettings Read(IReadOnlyList<Setting> settings) =>
        new(IsOn(settings, SchedulesKey), IsOn(settings, TriggersKey), IsOn(settings, WebhooksKey), IsOn(settings, PreparedSandboxesKey), IsOn(settings, ConsoleKey));

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting)
    {
        if (!Keys.Contains(setting.Key, StringComparer.Ordinal)) return new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {string.Join(", ", Keys)}", setting.At);
        return bool.TryParse(setting.Value, out _) ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be true or false", setting.At);
    }

    private static bool IsOn(IReadOnlyList<Setting> settings, string key) => settings.Find(key) is not { } setting || bool.Parse(setting.Value);
}
