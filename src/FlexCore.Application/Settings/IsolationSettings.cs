using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>What the operator of this machine accepts where level <c>sandbox</c> cannot be had.</summary>
/// <param name="Lowest">The lowest level at which plugins may run.</param>
public sealed record IsolationSettings(IsolationLevel Lowest)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "isolation";

    private const string AcceptKey = Section + ".accept";

    /// <summary>What holds where nothing was set: nothing less than promised.</summary>
    public static IsolationSettings Usual { get; } = new(IsolationLevel.Sandbox);

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static IsolationSettings Read(IReadOnlyList<Setting> settings) =>
        settings.Find(AcceptKey) is { } accept && Levels(accept).Contains("process", StringComparer.Ordinal) ? new(IsolationLevel.Process) : Usual;

    /// <summary>Whether a setting may be written as a list.</summary>
    public static bool IsList(Setting setting) => setting.Key == AcceptKey;

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting)
    {
        if (setting.Key != AcceptKey) return new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {AcceptKey}", setting.At);
        if (Levels(setting).Contains("none", StringComparer.Ordinal))
            return new Error(ErrorCodes.InvalidValue, $"'{setting.Name}': none can be accepted for one run only", setting.At, "Use `flexcore run --allow-unconfined`.");
        return Levels(setting).All(level => level is "sandbox" or "process") ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be a list of: sandbox, process", setting.At);
    }

    private static string[] Levels(Setting setting) => setting.Value.ToLowerInvariant().Split(Setting.Separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
