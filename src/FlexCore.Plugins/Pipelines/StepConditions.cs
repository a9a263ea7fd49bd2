using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Transforms;
using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Looks up what the condition of a step names, and makes of it what a run can ask.</summary>
internal sealed class StepConditions(References references, List<Error> errors)
{
    public const string Rule = "vars.NAME, matrix.NAME, trigger.NAME, steps.ID.status, steps.ID.records.STREAM or steps.ID.output.NAME";

    private const int LongestShown = 100;

    /// <summary>Resolves it. What cannot be looked up is told, and the values of steps are noted with the references.</summary>
    public StepCondition? Resolve(WrittenCondition? written)
    {
        if (written is null) return null;
        var (known, ofSteps) = (new Dictionary<string, JsonNode?>(StringComparer.Ordinal), new Dictionary<string, StepValue>(StringComparer.Ordinal));
        foreach (var name in written.Names)
        {
            if (references.FindStepValue(name, written.Text.At) is { } value) ofSteps[name] = value;
            else if (references.TryFind(name, out var constant)) known[name] = constant;
            else errors.Add(new Error(ErrorCodes.UnknownReference, $"'{Printable.Escape(name)}' names nothing that a condition could ask: {Rule}", written.Text.At));
        }

        return new StepCondition(
            written.Text.Text,
            ofSteps.Values.Where(value => value.Kind == StepValue.Status).Select(value => value.Step).ToHashSet(StringComparer.Ordinal),
            run => Ask(written.Text.Text, Row(known, ofSteps, run)));
    }

    // Compiled each time: the definition may be shared by runs, and a compiled condition is for one thread.
    private static ConditionAnswer Ask(string text, JsonObject row)
    {
        var isTrue = new RowCondition(text, FieldNaming.Path).IsTrueOf(row, out var problem);
        return problem is not null
            ? new ConditionAnswer(null, $"{Printable.Escape(text)}: no answer, for it {problem}")
            : new ConditionAnswer(isTrue, Printable.Escape($"not true: {text}, where {string.Join(", ", row.Select(field => $"{field.Key} is {Show(field.Value)}"))}"));
    }

    private static JsonObject Row(Dictionary<string, JsonNode?> known, Dictionary<string, StepValue> ofSteps, RunState run)
    {
        var earlier = EarlierStep.Of(run);
        var row = new JsonObject();
        foreach (var (name, value) in known) row[name] = value?.DeepClone();
        foreach (var (name, value) in ofSteps) row[name] = value.Find(earlier, out var found) ? found : null;
        return row;
    }

    private static string Show(JsonNode? value)
    {
        var shown = value switch
        {
            null => "null",
            JsonValue scalar when scalar.TryGetValue<string>(out var text) => $"'{text}'",
            JsonValue => value.ToJsonString(),
            _ => "an object or a list",
        };
        return shown.Length <= LongestShown ? shown : $"{shown[..LongestShown]}…";
    }
}
