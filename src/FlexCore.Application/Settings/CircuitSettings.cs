using System.Globalization;
using FlexCore.Domain.Circuits;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>When the steps of a node leave a system alone that keeps failing.</summary>
public static class CircuitSettings
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "circuit_breaker";

    private const string FailuresKey = Section + ".failures";
    private const string CooldownKey = Section + ".cooldown";
    private const int MostFailures = 1000;

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static CircuitRule Read(IReadOnlyList<Setting> settings) => new(
        settings.Find(FailuresKey) is { } failures ? Number(failures)!.Value : CircuitRule.Usual.Failures,
        settings.Find(CooldownKey) is { } cooldown ? Units.Duration(cooldown.Value)!.Value : CircuitRule.Usual.Cooldown);

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        FailuresKey => Number(setting) is >= 0 and <= MostFailures ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be a whole number from 0 (never) to {MostFailures}", setting.At),
        CooldownKey => Units.Duration(setting.Value) is not null ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be {Units.DurationRule}", setting.At),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {FailuresKey}, {CooldownKey}", setting.At),
    };


    private static int? Number(Setting setting) => int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
