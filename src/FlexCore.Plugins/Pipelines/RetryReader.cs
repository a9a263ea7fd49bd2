using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Reads the <c>retry</c> of a step.</summary>
internal sealed class RetryReader(List<Error> errors)
{
    private const int MaxAttempts = 1000;

    private static readonly Dictionary<string, Backoff> Backoffs = new(StringComparer.Ordinal) { ["fixed"] = Backoff.Fixed, ["exponential"] = Backoff.Exponential };

    // By the names of the contract. Success is no reason to try again, and what was cancelled is left alone.
    private static readonly Dictionary<string, PluginOutcome> Outcomes = Enum.GetValues<PluginOutcome>()
        .Where(outcome => outcome is not (PluginOutcome.Succeeded or PluginOutcome.Cancelled))
        .ToDictionary(outcome => JsonSerializer.SerializeToElement(outcome, PluginsJson.Default.PluginOutcome).GetString()!, StringComparer.Ordinal);

    public RetryPolicy Read(MapReader? map)
    {
        if (map is null) return RetryPolicy.Never;
        map.Require("attempts");
        var usual = new RetryPolicy { Attempts = 1 };
        var policy = new RetryPolicy
        {
            Attempts = map.Find("attempts", usual.Attempts, text => Units.Count(text) is { } count and <= MaxAttempts ? count : null, $"how often the step is tried, from 1 to {MaxAttempts}"),
            Backoff = map.FindWord("backoff", Backoffs, absent: null) ?? usual.Backoff,
            Initial = map.Find("initial", usual.Initial, Units.Duration, Units.DurationRule),
            Max = map.Find("max", usual.Max, Units.Duration, Units.DurationRule),
            Jitter = map.FindFlag("jitter") ?? usual.Jitter,
            On = ReadOutcomes(map),
        };
        if (policy.Max < policy.Initial) errors.Add(new Error(ErrorCodes.InvalidValue, "'max' is less than 'initial'", map.At));
        map.Finish();
        return policy;
    }

    private List<PluginOutcome> ReadOutcomes(MapReader map)
    {
        var outcomes = new List<PluginOutcome>();
        foreach (var word in map.FindTexts("on"))
        {
            if (Outcomes.TryGetValue(word.Text, out var outcome)) outcomes.Add(outcome);
            else errors.Add(new Error(ErrorCodes.InvalidValue, $"'{Domain.Printable.Escape(word.Text)}' is no outcome that can be tried again; there are {string.Join(", ", Outcomes.Keys)}", word.At));
        }

        return outcomes;
    }
}
