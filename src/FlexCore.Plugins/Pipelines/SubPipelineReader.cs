using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>A step that runs another pipeline, as written.</summary>
/// <param name="Name">The other pipeline.</param>
/// <param name="Vars">The variables that it sets.</param>
/// <param name="At">Where the name stands.</param>
internal sealed record WrittenSubPipeline(string Name, YamlMap? Vars, SourceLocation At);

/// <summary>Reads the <c>pipeline</c> of a step, and looks up what its variables refer to.</summary>
internal sealed class SubPipelineReader(List<Error> errors)
{
    private const int MaxVars = 1000;

    public WrittenSubPipeline? Read(YamlValue value)
    {
        if (MapReader.Open(value, "'pipeline'", errors) is not { } map) return null;
        var name = map.RequireName("name");
        var vars = map.Find("vars");
        if (vars is not (null or YamlMap { Entries.Count: <= MaxVars })) errors.Add(new Error(ErrorCodes.InvalidValue, $"'vars' must be a mapping (name: value) of at most {MaxVars} variables", vars.At));
        map.Finish();
        return name is null ? null : new WrittenSubPipeline(name, vars as YamlMap, map.Find("name")!.At);
    }

    public SubPipelineStep Resolve(string id, IReadOnlyList<string> needs, WrittenSubPipeline written, References references)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var late = new Dictionary<string, LateText>(StringComparer.Ordinal);
        foreach (var (name, _, value) in written.Vars?.Entries ?? [])
        {
            var resolved = value.ToJson(references.Resolve);
            if (resolved is JsonValue text && text.TryGetValue<LateTemplate>(out var template)) late[name] = new LateText([name], template.Parts);
            else if (resolved is JsonValue or null) known[name] = References.AsText(resolved);
            else errors.Add(new Error(ErrorCodes.InvalidValue, $"'{Printable.Escape(name)}' must be a text, a number or a boolean: a variable of another run is set as by --set", value.At));
            if (late.GetValueOrDefault(name)?.Secrets.Any() == true) errors.Add(new Error(ErrorCodes.SecretMisplaced, $"'{Printable.Escape(name)}' cannot hold a secret: the variables of a run are on record", value.At));
        }

        return new SubPipelineStep(id, needs, written.Name, run => Complete(known, late, run), [.. known.Keys, .. late.Keys], written.At);
    }

    private static Dictionary<string, string> Complete(Dictionary<string, string> known, Dictionary<string, LateText> late, RunState run)
    {
        var vars = new Dictionary<string, string>(known, StringComparer.Ordinal);
        var earlier = EarlierStep.Of(run);
        foreach (var (name, text) in late) vars[name] = text.Complete(part => References.AsText(StepValue.Parse(part.Text)!.Find(earlier)));
        return vars;
    }
}
