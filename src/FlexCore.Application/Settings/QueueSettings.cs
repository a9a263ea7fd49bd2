using System.Globalization;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>How the runs of a project wait for nodes.</summary>
/// <param name="Cap">How many may wait; more are refused.</param>
public sealed record QueueSettings(long Cap)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "queue";

    private const string CapKey = Section + ".cap";
    private const long HighestCap = 10_000_000;

    /// <summary>What holds where nothing was set.</summary>
    public static QueueSettings Usual { get; } = new(100_000);

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static QueueSettings Read(IReadOnlyList<Setting> settings) => settings.Find(CapKey) is { } cap ? new(Number(cap)!.Value) : Usual;

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting)
    {
        if (setting.Key != CapKey) return new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {CapKey}", setting.At);
        return Number(setting) is >= 1 and <= HighestCap ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be a whole number from 1 to {HighestCap}", setting.At);
    }

    private static long? Number(Setting setting) => long.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
