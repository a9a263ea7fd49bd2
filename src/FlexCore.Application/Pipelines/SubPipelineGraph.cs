using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;

namespace FlexCore.Application.Pipelines;

/// <summary>Which pipelines run which others.</summary>
/// <param name="read">What is on record of a pipeline, by name.</param>
public sealed class SubPipelineGraph(Func<string, CancellationToken, Task<Pipeline>> read)
{
    /// <summary>Reads what is on record in a log.</summary>
    public static SubPipelineGraph Of(IEventLog log) => new((name, cancellationToken) => ReadAsync(log, name, cancellationToken));

    /// <summary>What a log has on record of a pipeline.</summary>
    public static async Task<Pipeline> ReadAsync(IEventLog log, string name, CancellationToken cancellationToken) => (await log.ReadPipelineAsync(name, cancellationToken)).Known;

    /// <summary>What is wrong with the pipelines that these run: one that is nowhere, a variable that one does not have, a circle, too many levels.</summary>
    /// <param name="definitions">Pipelines that are to be recorded, or run, together; what is on record of them does not count.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<IReadOnlyList<Error>> CheckAsync(IReadOnlyList<PipelineDefinition> definitions, CancellationToken cancellationToken)
    {
        var errors = new List<Error>();
        var known = definitions.ToDictionary(definition => definition.Name, definition => new Member([.. definition.Vars.Keys], [.. definition.Steps.OfType<SubPipelineStep>().Select(step => step.Pipeline)]), StringComparer.Ordinal);
        foreach (var (definition, step) in definitions.SelectMany(definition => definition.Steps.OfType<SubPipelineStep>().Select(step => (definition, step))))
        {
            var member = await FindAsync(step.Pipeline, known, cancellationToken);
            if (member is null) errors.Add(Unknown(step));
            else if (step.VarNames.FirstOrDefault(name => !member.Vars.Contains(name)) is { } unset)
                errors.Add(new Error(ErrorCodes.SubPipelineUnknown, $"pipeline {step.Pipeline} has no variable '{Printable.Escape(unset)}'; vars: {string.Join(", ", member.Vars.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}", step.At));
            if (await FindTooDeepAsync([definition.Name, step.Pipeline], known, cancellationToken) is { } path) errors.Add(Refuse(step, path));
        }

        return errors;
    }

    /// <summary>Says that there is no such pipeline.</summary>
    public static Error Unknown(SubPipelineStep step) => new(ErrorCodes.SubPipelineUnknown, $"step {step.Id} runs the pipeline {step.Pipeline}, which is not on record", step.At);

    /// <summary>Says why pipelines cannot run within each other.</summary>
    /// <param name="step">The step that would do it.</param>
    /// <param name="path">Each runs the next one.</param>
    public static Error Refuse(SubPipelineStep step, IReadOnlyList<string> path) => new(
        ErrorCodes.SubPipelineCycle,
        path.Count > path.Distinct(StringComparer.Ordinal).Count() ? $"pipelines run each other in a circle: {string.Join(" → ", path)}" : $"more than {SubPipelineStep.MostLevels} pipelines run within each other: {string.Join(" → ", path)}",
        step.At);

    /// <returns>A circle, or a path of too many; null when there is none.</returns>
    private async Task<IReadOnlyList<string>?> FindTooDeepAsync(IReadOnlyList<string> path, Dictionary<string, Member> known, CancellationToken cancellationToken)
    {
        if (path.Count > SubPipelineStep.MostLevels || path.SkipLast(1).Contains(path[^1], StringComparer.Ordinal)) return path;
        foreach (var next in (await FindAsync(path[^1], known, cancellationToken))?.Runs ?? [])
        {
            if (await FindTooDeepAsync([.. path, next], known, cancellationToken) is { } found) return found;
        }

        return null;
    }

    private async Task<Member?> FindAsync(string name, Dictionary<string, Member> known, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(name, out var member)) return member;
        if ((await read(name, cancellationToken)).Current is not { } current) return null;
        return known[name] = Read(current.Definition);
    }

    // A version of FlexCore to come may have written it.
    private static Member Read(JsonElement definition)
    {
        HashSet<string> vars = Find(definition, "vars") is { ValueKind: JsonValueKind.Object } written ? [.. written.EnumerateObject().Select(variable => variable.Name)] : [];
        var steps = Find(definition, "steps") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : default;
        return new Member(vars, [.. steps.Select(step => Find(Find(step, "pipeline"), "name")).Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!).Distinct(StringComparer.Ordinal)]);
    }

    private static JsonElement Find(JsonElement holder, string name) => holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var member) ? member : default;

    private sealed record Member(HashSet<string> Vars, IReadOnlyList<string> Runs);
}
