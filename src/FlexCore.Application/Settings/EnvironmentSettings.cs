using FlexCore.Domain;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>Settings that hold in one environment only, over the usual ones.</summary>
public static class EnvironmentSettings
{
    /// <summary>The section; in it each environment has one by its name.</summary>
    public const string Section = "environments";

    private const string Prefix = Section + ".";

    /// <summary>The settings of a file as they hold in an environment.</summary>
    /// <param name="written">All that is in the file.</param>
    /// <param name="environment">Its name; null for none.</param>
    /// <param name="file">The file, for people.</param>
    /// <returns>The usual settings, then those of the environment; or all that is wrong with any environment, for it is to be found before the day when it is needed.</returns>
    public static Result<IReadOnlyList<Setting>> Choose(IReadOnlyList<Setting> written, string? environment, string file)
    {
        List<Setting> usual = [.. written.Where(setting => !IsInSection(setting))];
        var all = written.Where(IsInSection).GroupBy(NameOf, StringComparer.Ordinal).ToDictionary(own => own.Key, own => (IReadOnlyList<Setting>)[.. own.Select(Strip).OfType<Setting>()], StringComparer.Ordinal);
        var errors = written.Where(IsInSection).Where(setting => !Names.IsValid(NameOf(setting))).DistinctBy(NameOf)
            .Select(setting => new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(NameOf(setting))}' is not a valid name of an environment", setting.At))
            .Concat(all.Values.SelectMany(own => own).Select(ProjectSettings.Refuse).OfType<Error>())
            .ToList();
        if (errors.Count == 0) errors.AddRange(FindMixed(usual, all));
        if (environment is not null && !all.ContainsKey(environment)) errors.Add(Unknown(environment, all.Keys, file));
        return errors.Count > 0 ? errors.ToArray() : environment is null ? usual : [.. usual, .. all[environment]];
    }

    private static bool IsInSection(Setting setting) => setting.Key.StartsWith(Prefix, StringComparison.Ordinal);

    private static string NameOf(Setting setting) => setting.Key.Split('.')[1];

    /// <summary>The setting by its usual key; null for what only says that there is such an environment.</summary>
    private static Setting? Strip(Setting setting)
    {
        var start = Prefix.Length + NameOf(setting).Length + 1;
        return start < setting.Key.Length ? setting with { Key = setting.Key[start..], IsOfEnvironment = true } : null;
    }

    /// <summary>Two environments on one store would go on from each other's state.</summary>
    private static IEnumerable<Error> FindMixed(List<Setting> usual, Dictionary<string, IReadOnlyList<Setting>> all)
    {
        var places = all
            .Select(own => (Name: own.Key, Place: StoreSettings.PlaceOf([.. usual, .. own.Value], own.Key)))
            .Append((Name: "the usual one", Place: StoreSettings.PlaceOf(usual, environment: null)));
        return places.GroupBy(own => own.Place, own => own.Name).Where(same => same.Count() > 1).Select(same => new Error(
            ErrorCodes.InvalidValue,
            $"these environments have one store, and would mix their state: {string.Join(", ", same)}",
            all[same.First()][0].At,
            "Give each a `store.schema` or a `store.connection` of its own."));
    }

    private static Error Unknown(string environment, IEnumerable<string> known, string file) => new(
        ErrorCodes.NotFound,
        $"there is no environment '{environment}' in {file}; there are: {string.Join(", ", known.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}",
        SpecificRemedy: $"Correct the name, or add it under `{Section}:`.");
}
