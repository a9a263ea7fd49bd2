using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>The most that any plugin of a project may use up.</summary>
public static class LimitSettings
{
    /// <summary>The section of these settings; in it each limit has the key that it has in <c>plugin.yaml</c>.</summary>
    public const string Section = "limits";

    private const string Prefix = Section + ".";

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static WrittenLimits Read(IReadOnlyList<Setting> settings) =>
        settings.Where(setting => setting.Key.StartsWith(Prefix, StringComparison.Ordinal)).Aggregate(default(WrittenLimits), (caps, setting) => caps.With(setting.Key[Prefix.Length..], setting.Value)!.Value);

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting)
    {
        var key = setting.Key.StartsWith(Prefix, StringComparison.Ordinal) ? setting.Key[Prefix.Length..] : "";
        if (WrittenLimits.RuleOf(key) is not { } rule)
            return new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {string.Join(", ", WrittenLimits.Names.Select(name => Prefix + name))}", setting.At);
        return default(WrittenLimits).With(key, setting.Value) is null ? new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be {rule}", setting.At) : null;
    }
}
