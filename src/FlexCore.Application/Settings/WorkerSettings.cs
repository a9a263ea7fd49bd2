using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Plugins;

namespace FlexCore.Application.Settings;

/// <summary>How many workers there are to be.</summary>
/// <param name="Fewest">So many in any case.</param>
/// <param name="Most">Never more.</param>
public sealed record WorkerRange(int Fewest, int Most)
{
    /// <summary>How it is written.</summary>
    public const string Rule = "MIN..MAX, such as 0..4 and at most 1000, or off";

    private const string Off = "off";
    private const string Between = "..";
    private const int MostOfAll = 1000;

    /// <summary>Whether a text is a range, or says that there is none.</summary>
    public static bool IsWritten(string text) => text == Off || Parse(text) is not null;

    /// <summary>The range; null where there is none.</summary>
    public static WorkerRange? Parse(string text)
    {
        var parts = text.Split(Between);
        return parts.Length == 2 && Number(parts[0]) is { } fewest && Number(parts[1]) is { } most && fewest <= most && most is >= 1 and <= MostOfAll ? new WorkerRange(fewest, most) : null;
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>The nodes that come and go with the queue.</summary>
/// <param name="Autoscale">How many; null where nobody looks after them.</param>
/// <param name="Plugin">The plugin that provides them; null for processes of this machine.</param>
/// <param name="Config">What the plugin gets with each thing that it is asked: a JSON object, with references as in a pipeline.</param>
/// <param name="Slots">How many runs each takes at once.</param>
/// <param name="Labels">What each has that other nodes may lack.</param>
/// <param name="Idle">How long one is without work before it goes.</param>
/// <param name="Start">How long one may take until it is a node.</param>
public sealed record WorkerSettings(WorkerRange? Autoscale, string? Plugin, JsonElement Config, int Slots, IReadOnlyList<string> Labels, TimeSpan Idle, TimeSpan Start)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "workers";

    /// <summary>How many there are to be.</summary>
    public const string AutoscaleKey = Section + ".autoscale";

    private const string ProviderKey = Section + ".provider";
    private const string PluginKey = Section + ".plugin";
    private const string ConfigPrefix = Section + ".config.";
    private const string SlotsKey = Section + ".slots";
    private const string LabelsKey = Section + ".labels";
    private const string IdleKey = Section + ".idle";
    private const string StartKey = Section + ".start";
    private const string Command = "command";
    private const int MostSlots = 1000;

    /// <summary>What holds where nothing was set.</summary>
    public static WorkerSettings Usual { get; } = new(Autoscale: null, Plugin: null, JsonElement.Parse("{}"), Slots: 4, [], TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static WorkerSettings Read(IReadOnlyList<Setting> settings) => new(
        settings.Find(AutoscaleKey) is { } range ? WorkerRange.Parse(range.Value) : null,
        settings.Find(ProviderKey)?.Value == Command ? settings.Find(PluginKey)!.Value : null,
        ReadConfig(settings),
        settings.Find(SlotsKey) is { } slots ? ReadSlots(slots)!.Value : Usual.Slots,
        settings.Find(LabelsKey) is { } labels ? ReadLabels(labels) : [],
        settings.Find(IdleKey) is { } idle ? Units.Duration(idle.Value)!.Value : Usual.Idle,
        settings.Find(StartKey) is { } start ? Units.Duration(start.Value)!.Value : Usual.Start);

    /// <summary>What is needed beside what was set.</summary>
    /// <param name="settings">Settings that were not refused.</param>
    public static IEnumerable<Error> FindMissing(IReadOnlyList<Setting> settings)
    {
        if (settings.Find(ProviderKey)?.Value == Command && settings.Find(PluginKey) is null)
            yield return new Error(ErrorCodes.MissingKey, $"'{PluginKey}' is missing: workers are provided by a command", SpecificRemedy: $"Set {PluginKey} to the plugin, a task, that starts and ends them.");
    }

    /// <summary>Whether a setting may be written as a list.</summary>
    public static bool IsList(Setting setting) => setting.Key == LabelsKey;

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        AutoscaleKey => WorkerRange.IsWritten(setting.Value) ? null : Invalid(setting, $"must be {WorkerRange.Rule}"),
        ProviderKey => setting.Value is "local" or Command ? null : Invalid(setting, "must be one of: local, command"),
        PluginKey => Names.IsValid(setting.Value) ? null : Invalid(setting, "must be the name of a plugin"),
        SlotsKey => ReadSlots(setting) is null ? Invalid(setting, $"must be a number from 1 to {MostSlots}") : null,
        LabelsKey => ReadLabels(setting).All(Names.IsValid) ? null : Invalid(setting, $"must be a list of labels, each {Names.Rule}"),
        IdleKey or StartKey => Units.Duration(setting.Value) is null ? Invalid(setting, $"must be {Units.DurationRule}") : null,
        var key when key.StartsWith(ConfigPrefix, StringComparison.Ordinal) && key.Length > ConfigPrefix.Length => null,
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {AutoscaleKey}, {ProviderKey}, {PluginKey}, {ConfigPrefix}NAME, {SlotsKey}, {LabelsKey}, {IdleKey}, {StartKey}", setting.At),
    };

    private static JsonElement ReadConfig(IReadOnlyList<Setting> settings)
    {
        var written = settings.Where(setting => setting.Key.StartsWith(ConfigPrefix, StringComparison.Ordinal)).ToList();
        if (written.Count == 0) return Usual.Config;
        var config = new JsonObject();
        foreach (var setting in written) config[setting.Key[ConfigPrefix.Length..]] = setting.Value;
        return JsonElement.Parse(config.ToJsonString());
    }

    private static int? ReadSlots(Setting setting) => int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var slots) && slots is >= 1 and <= MostSlots ? slots : null;

    private static string[] ReadLabels(Setting setting) => setting.Value.Split(Setting.Separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Error Invalid(Setting setting, string what) => new(ErrorCodes.InvalidValue, $"'{setting.Name}' {what}", setting.At);
}
