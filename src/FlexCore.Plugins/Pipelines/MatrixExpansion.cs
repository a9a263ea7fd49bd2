using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Makes of each step with a <c>matrix</c> one step for every combination of its values. Whoever needs the step needs all of them.</summary>
internal sealed class MatrixExpansion(References references, List<Error> errors)
{
    /// <summary>The steps as they run.</summary>
    public IReadOnlyList<WrittenStep> Expand(IReadOnlyList<WrittenStep> steps)
    {
        if (steps.All(step => step.Matrix is null)) return steps;
        var made = steps.Select(step => (step.Id, Steps: step.Matrix is { } matrix ? Multiply(step, matrix) : [step])).ToList();
        var ids = made.ToLookup(step => step.Id, step => step.Steps.Select(instance => instance.Id), StringComparer.Ordinal);
        List<WrittenStep> expanded =
        [
            .. from original in made
               from step in original.Steps
               select step with { Needs = [.. step.Needs.SelectMany(need => ids[need.Text].FirstOrDefault() is { } instances ? instances.Select(id => need with { Text = id }) : [need])] },
        ];
        foreach (var twice in expanded.GroupBy(step => step.Id, StringComparer.Ordinal).Where(group => group.Count() > 1 && group.Any(step => step.Matrix is not null)))
            errors.Add(new Error(ErrorCodes.DuplicateKey, $"the step id '{twice.Key}' is there twice, once made of a matrix", twice.First(step => step.Matrix is not null).Matrix!.At));
        if (expanded.Count > PipelineFileReader.MaxSteps) errors.Add(new Error(ErrorCodes.InvalidValue, $"with all combinations there are {expanded.Count} steps; {PipelineFileReader.MaxSteps} at most", steps.First(step => step.Matrix is not null).Matrix!.At));
        return expanded;
    }

    private List<WrittenStep> Multiply(WrittenStep step, YamlMap matrix)
    {
        List<WrittenStep> made = [step];
        foreach (var axis in matrix.Entries)
        {
            var values = ReadValues(axis);
            if (made.Count * values.Count > PipelineFileReader.MaxSteps)
            {
                errors.Add(new Error(ErrorCodes.InvalidValue, $"the matrix of step {step.Id} has more than {PipelineFileReader.MaxSteps} combinations", matrix.At));
                return [step];
            }

            made = [.. from instance in made from value in values select With(instance, axis.Key, value)];
        }

        foreach (var bad in made.Where(instance => !Names.IsValid(instance.Id)))
            errors.Add(new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(bad.Id)}' cannot be the id of a step", matrix.At, $"The id and the values of the matrix make it; it must be {Names.Rule}."));
        if (matrix.Entries.Count == 0) errors.Add(new Error(ErrorCodes.InvalidValue, "'matrix' must name at least one list of values", matrix.At));
        return made;
    }

    private static WrittenStep With(WrittenStep step, string name, JsonNode? value) =>
        step with { Id = $"{step.Id}-{Slug(value)}", Values = new Dictionary<string, JsonNode?>(step.Values, StringComparer.Ordinal) { [name] = value } };

    // Its state goes by its id, so this is made of the value and not of its place in the list, which can change.
    private static string Slug(JsonNode? value) => References.AsText(value).ToLowerInvariant().Replace('_', '-').Replace('.', '-');

    private JsonArray ReadValues(YamlEntry axis)
    {
        var values = axis.Value is YamlScalar scalar ? references.Resolve(scalar) : axis.Value.ToJson(references.Resolve);
        if (values is JsonArray { Count: > 0 } list && list.All(value => value is JsonValue)) return list;
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{Printable.Escape(axis.Key)}' of a matrix must be a list of texts or numbers, at least one", axis.Value.At));
        return [];
    }
}
