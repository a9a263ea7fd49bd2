using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads the <c>notify</c> of a pipeline.</summary>
internal sealed class NotifyReader(List<Error> errors)
{
    private const int MaxEntries = 100;

    public IReadOnlyList<WrittenRule> Read(YamlValue? value)
    {
        if (value is null) return [];
        if (value is not YamlList { Items.Count: <= MaxEntries } list)
        {
            errors.Add(new Error(ErrorCodes.InvalidValue, $"'notify' must be a list of at most {MaxEntries} entries ({{ on: failure, channel: NAME }})", value.At));
            return [];
        }

        var rules = new List<WrittenRule>();
        foreach (var item in list.Items)
        {
            if (MapReader.Open(item, "an entry of 'notify'", errors) is { } entry) rules.AddRange(ReadEntry(entry));
        }

        foreach (var twice in rules.GroupBy(rule => (rule.Rule.On, rule.Rule.Channel)).Where(group => group.Count() > 1))
            errors.Add(new Error(ErrorCodes.DuplicateKey, $"'{Printable.Escape(twice.Key.Channel)}' is told of '{twice.Key.On.Name()}' twice", twice.Last().At));
        return rules;
    }

    private IEnumerable<WrittenRule> ReadEntry(MapReader entry)
    {
        var on = ReadOccasions(entry);
        var channel = entry.RequireName("channel");
        var late = entry.Find("late", Units.Duration, Units.DurationRule);
        entry.Finish();
        if (on.Contains(Occasion.Late) && entry.Find("late") is null) errors.Add(new Error(ErrorCodes.MissingKey, "'late' is missing: after which time is a run late?", entry.At));
        if (on.Count > 0 && !on.Contains(Occasion.Late) && entry.Find("late") is { } idle) errors.Add(new Error(ErrorCodes.InvalidValue, "'late' needs 'on: late'", idle.At));
        if (channel is null) return [];
        var at = entry.Find("channel")!.At;
        return on.Select(occasion => new WrittenRule(new NotifyRule(occasion, channel, occasion == Occasion.Late ? (long?)late?.TotalMilliseconds : null), at));
    }

    /// <summary>One, or a list of them.</summary>
    private List<Occasion> ReadOccasions(MapReader entry)
    {
        IReadOnlyList<YamlValue> words = entry.Require("on") switch
        {
            null => [],
            YamlList { Items.Count: > 0 } list => list.Items,
            var one => [one],
        };
        var occasions = new List<Occasion>();
        foreach (var word in words)
        {
            if (word is YamlScalar scalar && Occasions.ByName.TryGetValue(scalar.Text, out var occasion)) occasions.Add(occasion);
            else errors.Add(new Error(ErrorCodes.InvalidValue, $"'on' must be one of: {string.Join(", ", Occasions.ByName.Keys)}", word.At));
        }

        return occasions;
    }
}

/// <summary>A rule, and where its channel is named.</summary>
internal sealed record WrittenRule(NotifyRule Rule, SourceLocation At);
