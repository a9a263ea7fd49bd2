using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Transforms.Expressions;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>A condition as written: it parses, and what it names is not looked up yet.</summary>
/// <param name="Text">The condition.</param>
/// <param name="Names">What it names, each once.</param>
internal sealed record WrittenCondition(YamlScalar Text, IReadOnlyList<string> Names);

/// <summary>Reads the <c>when</c> of a step: one of three words, or a condition in the language of <c>where</c>.</summary>
internal sealed class WhenReader(List<Error> errors)
{
    private static readonly Dictionary<string, RunCondition> Words = new(StringComparer.Ordinal)
    {
        ["success"] = RunCondition.Success,
        ["failure"] = RunCondition.Failure,
        ["always"] = RunCondition.Always,
    };

    public (RunCondition When, WrittenCondition? Condition) Read(MapReader step)
    {
        if (step.Find("when") is not { } value) return (RunCondition.Success, null);
        if (value is not YamlScalar text)
        {
            Report("'when' must be a word or a condition", value.At);
            return (RunCondition.Success, null);
        }

        return Words.TryGetValue(text.Text, out var word) ? (word, null) : (RunCondition.Success, ReadCondition(text));
    }

    private WrittenCondition? ReadCondition(YamlScalar text)
    {
        var names = new List<string>();
        if (!Parser.TryParseCondition(text.Text, Note, out _, out var problem, FieldNaming.Path)) Report($"'when' {Printable.Escape(problem)}", text.At);
        else if (names.Count == 0) Report("'when' asks nothing: it names neither a variable nor a step", text.At);
        else if (names.Find(name => !name.Contains('.', StringComparison.Ordinal)) is { } single) Report($"'{Printable.Escape(single)}' is nothing that a condition could ask ({StepConditions.Rule}); without a condition, 'when' must be one of: {string.Join(", ", Words.Keys)}", text.At);
        else return new WrittenCondition(text, [.. names.Distinct(StringComparer.Ordinal)]);
        return null;

        int Note(string name)
        {
            names.Add(name);
            return 0;
        }
    }

    private void Report(string message, SourceLocation at) => errors.Add(new Error(ErrorCodes.InvalidValue, message, at));
}
