namespace FlexCore.Application.Settings;

/// <summary>A setting as it holds, and why.</summary>
/// <param name="Key">Its name with dots.</param>
/// <param name="Value">What holds; null for nothing. Never what is secret.</param>
/// <param name="Source">Where it was set: a place in a file, a variable of the environment, an option; null where nobody set it.</param>
/// <param name="Overridden">Where it was set too, to no effect; the strongest first.</param>
/// <param name="Description">What is said of it.</param>
public sealed record EffectiveSetting(string Key, string? Value, string? Source, IReadOnlyList<string> Overridden, SettingDescription Description)
{
    private const string Hidden = "(not shown)";

    /// <summary>All settings that there are, in the order of the catalog, and as they hold.</summary>
    /// <param name="catalog">What is said of them.</param>
    /// <param name="written">All that was set; later ones win.</param>
    public static IEnumerable<EffectiveSetting> Explain(SettingCatalog catalog, IReadOnlyList<Setting> written)
    {
        foreach (var description in catalog.All)
        {
            var set = written.Where(setting => description.IsOf(setting.Key)).GroupBy(setting => description.IsOfMany ? setting.Key : description.Key, StringComparer.Ordinal).ToList();
            if (set.Count == 0 && !description.IsOfMany) yield return new EffectiveSetting(description.Key, description.Usual ?? description.UsualMeans, Source: null, [], description);
            foreach (var one in set)
            {
                var places = one.Select(PlaceOf).Reverse().ToList();
                yield return new EffectiveSetting(one.Key, description.IsSecret ? Hidden : ValueOf(one.Last()), places[0], places[1..], description);
            }
        }
    }

    /// <summary>What differs between two times.</summary>
    /// <param name="catalog">What is said of settings.</param>
    /// <param name="before">What was set then.</param>
    /// <param name="after">What is set now.</param>
    public static IReadOnlyList<SettingDescription> FindChanged(SettingCatalog catalog, IReadOnlyList<Setting> before, IReadOnlyList<Setting> after)
    {
        var keys = before.Concat(after).Select(setting => setting.Key).Distinct(StringComparer.Ordinal);
        return [.. keys.Where(key => Holding(before, key) != Holding(after, key)).Select(key => catalog.Find(key) is { } description ? description with { Key = key } : null).OfType<SettingDescription>()];
    }

    private static string? Holding(IReadOnlyList<Setting> settings, string key) => settings.Find(key) is { } setting ? ValueOf(setting) : null;

    private static string ValueOf(Setting setting) => setting.Json?.GetRawText() ?? setting.Value;

    private static string PlaceOf(Setting setting) => setting.At?.ToString() ?? setting.Name;
}
