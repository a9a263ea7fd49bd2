using System.Globalization;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads how runs of a pipeline wait for a node: <c>concurrency</c>, <c>labels</c> and <c>priority</c>.</summary>
internal sealed class RunRulesReader(List<Error> errors)
{
    private const string Unlimited = "unlimited";
    private const int MaxLabels = 16;

    private static readonly string LimitRule = $"a number of runs from 1 to {RunRules.HighestLimit}, or '{Unlimited}'";

    public RunRules Read(MapReader root, IReadOnlySet<string> vars)
    {
        var (limit, per) = root.Find("concurrency") switch
        {
            null => (RunRules.Usual.Limit, null),
            YamlMap map => ReadMap(new MapReader(map, errors), vars),
            _ => (ReadLimit(root, "concurrency"), null),
        };
        return new RunRules(limit, per, ReadLabels(root), root.Find("priority", 0, ReadPriority, $"a whole number from {-RunRules.HighestPriority} to {RunRules.HighestPriority}"));
    }

    /// <summary>A sync has one state: two runs of it at once would move it past each other.</summary>
    public static Error? Refuse(RunRules rules, IEnumerable<Step> steps, SourceLocation at) =>
        !rules.IsOneAtATime && steps.OfType<SyncStep>().FirstOrDefault() is { } sync
            ? new Error(ErrorCodes.InvalidValue, $"runs of this pipeline may not overlap: the sync {sync.Id} has one state", at, "Leave 'concurrency' out, or make a pipeline of its own for what may overlap.")
            : null;

    private (int? Limit, string? Per) ReadMap(MapReader map, IReadOnlySet<string> vars)
    {
        var limit = ReadLimit(map, "limit");
        var per = map.Find("per") as YamlScalar;
        if (per is not null && !vars.Contains(per.Text))
            errors.Add(new Error(ErrorCodes.UnknownReference, $"'per' must name a variable of the pipeline; vars: {string.Join(", ", vars.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}", per.At));
        map.Finish();
        return (limit, per?.Text);
    }

    private static int? ReadLimit(MapReader map, string key) =>
        map.Find(key) is YamlScalar { Text: Unlimited } ? null : map.Find(key, 1, text => Units.Count(text) is { } count and <= RunRules.HighestLimit ? count : null, LimitRule);

    private List<string> ReadLabels(MapReader root)
    {
        var labels = root.FindTexts("labels");
        errors.AddRange(labels.Where(label => !Names.IsValid(label.Text)).Select(label => new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(label.Text)}' cannot be a label", label.At)));
        if (labels.Count > MaxLabels) errors.Add(new Error(ErrorCodes.InvalidValue, $"there are more than {MaxLabels} labels", labels[0].At));
        return [.. labels.Select(label => label.Text).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static int? ReadPriority(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority) && Math.Abs((long)priority) <= RunRules.HighestPriority ? priority : null;
}
