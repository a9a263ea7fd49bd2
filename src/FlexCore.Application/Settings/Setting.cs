using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>One value that configures FlexCore.</summary>
/// <param name="Key">Its name with dots, for example <c>store.kind</c>.</param>
/// <param name="Value">What was written.</param>
/// <param name="Name">How its author has named it: the key itself, or a variable of the environment.</param>
/// <param name="At">The place in a file.</param>
public sealed record Setting(string Key, string Value, string Name, SourceLocation? At = null)
{
    /// <summary>What lies between the items of a list.</summary>
    public const char Separator = ',';

    /// <summary>Whether it was written as a list.</summary>
    public bool IsList { get; init; }

    /// <summary>The value where it may be more than a text; null of what stands in the environment, where all is text.</summary>
    public JsonElement? Json { get; init; }

    /// <summary>Whether it was written for one environment.</summary>
    public bool IsOfEnvironment { get; init; }

    /// <summary>Not the value: it may be a password.</summary>
    public override string ToString() => Name;
}

/// <summary>All settings, of which later ones win.</summary>
internal static class SettingList
{
    /// <summary>The one that holds for a key; null when it was not set.</summary>
    public static Setting? Find(this IReadOnlyList<Setting> settings, string key) => settings.LastOrDefault(setting => setting.Key == key);
}
