using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>A pipeline file as written: its shape is checked, nothing is looked up yet.</summary>
internal sealed record PipelineFile(
    string Name,
    string? Description,
    IReadOnlyDictionary<string, JsonNode?> Vars,
    IReadOnlyDictionary<string, WrittenGrant> Grants,
    IReadOnlyList<WrittenStep> Steps,
    YamlMap Root);

/// <summary>A step as written.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Needs">Steps it needs.</param>
/// <param name="From">The tap of a sync.</param>
/// <param name="Select">Selection rules of a sync.</param>
/// <param name="To">The target of a sync.</param>
/// <param name="Task">The plugin of a task.</param>
/// <param name="Args">Arguments of a task.</param>
internal sealed record WrittenStep(
    string Id, IReadOnlyList<YamlScalar> Needs, WrittenUse? From, IReadOnlyList<YamlScalar> Select, WrittenUse? To, WrittenUse? Task, IReadOnlyList<YamlScalar> Args);

/// <summary>A plugin at its place, as written.</summary>
/// <param name="Plugin">Name or folder.</param>
/// <param name="Settings">Its config or input.</param>
/// <param name="Narrowed">What the step cuts its grant down to.</param>
/// <param name="Path">Where its settings stand in the document, for masking.</param>
internal sealed record WrittenUse(YamlScalar Plugin, YamlMap? Settings, WrittenGrant? Narrowed, string Path);

/// <summary>A grant as written; paths are relative to the pipeline file.</summary>
internal sealed record WrittenGrant(IReadOnlyList<YamlScalar> Read, IReadOnlyList<YamlScalar> Write, IReadOnlyList<YamlScalar> Env, SourceLocation At);
