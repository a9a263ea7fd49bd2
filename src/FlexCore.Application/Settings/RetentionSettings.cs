using System.Globalization;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>For how long what is past stays where it is quick to reach; null for ever.</summary>
/// <param name="Logs">What plugins have said.</param>
/// <param name="Events">Events, in the database; older ones leave for the archive.</param>
public sealed record RetentionSettings(TimeSpan? Logs, TimeSpan? Events)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "retention";

    private const string LogsKey = Section + ".logs";
    private const string EventsKey = Section + ".events";
    private const int MostDays = 36_500;

    /// <summary>What holds where nothing was set: all stays.</summary>
    public static RetentionSettings Usual { get; } = new(null, null);

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static RetentionSettings Read(IReadOnlyList<Setting> settings) => new(Find(settings, LogsKey), Find(settings, EventsKey));

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting)
    {
        if (setting.Key is not (LogsKey or EventsKey)) return new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {LogsKey}, {EventsKey}", setting.At);
        return Days(setting) is >= 1 and <= MostDays ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be a number of days from 1d to {MostDays}d", setting.At);
    }

    /// <summary>Says what is missing for what was set.</summary>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings, StoreSettings store)
    {
        if (settings.Find(EventsKey) is { } events && store is { Kind: StoreKind.Postgres, ArchiveFolder: null })
            yield return new Error(ErrorCodes.MissingKey, $"'store.archive' is missing: '{events.Name}' moves events into files, which every node must see", events.At);
    }

    private static TimeSpan? Find(IReadOnlyList<Setting> settings, string key) => settings.Find(key) is { } found ? TimeSpan.FromDays(Days(found)!.Value) : null;

    private static int? Days(Setting setting) =>
        setting.Value.EndsWith('d') && int.TryParse(setting.Value.AsSpan(0, setting.Value.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : null;
}
