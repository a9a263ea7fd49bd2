using System.Collections.Immutable;
using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Scheduling;
using FlexCore.Plugins.Pipelines.BuiltIn;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>A pipeline file as written: its shape is checked, nothing is looked up yet.</summary>
internal sealed record PipelineFile(
    string Name,
    string? Description,
    IReadOnlyDictionary<string, JsonNode?> Vars,
    IReadOnlyDictionary<string, WrittenGrant> Grants,
    IReadOnlyList<WrittenStep> Steps,
    int Parallel,
    RunRules Rules,
    IReadOnlyList<WrittenRule> Notify,
    Triggers Triggers,
    YamlMap Root)
{
    /// <summary>Every place where it names a plugin.</summary>
    public IEnumerable<WrittenUse> Uses => Steps.SelectMany(step => (IEnumerable<WrittenUse?>)
        [step.Task, step.Sync?.From, .. step.Sync?.Through.Select(stage => stage.Mapper) ?? [], .. step.Sync?.To ?? []]).OfType<WrittenUse>();
}

/// <summary>A step as written.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Needs">Steps it needs.</param>
/// <param name="Sync">What it is, if it is a sync.</param>
/// <param name="Task">The plugin of a task.</param>
/// <param name="Args">Arguments of a task.</param>
internal sealed record WrittenStep(string Id, IReadOnlyList<YamlScalar> Needs, WrittenSync? Sync, WrittenUse? Task, IReadOnlyList<YamlScalar> Args)
{
    /// <summary>When it runs.</summary>
    public RunCondition When { get; init; }

    /// <summary>What else must be true then.</summary>
    public WrittenCondition? Condition { get; init; }

    /// <summary>The other pipeline that it runs, if that is what it is.</summary>
    public WrittenSubPipeline? SubPipeline { get; init; }

    /// <summary>What it does inside the runtime, if that is what it is.</summary>
    public WrittenBuiltIn? BuiltIn { get; init; }

    /// <summary>How long an attempt may take.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether it is tried again.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Never;

    /// <summary>The lists of values of which each combination makes a step of it; null when it is one step.</summary>
    public YamlMap? Matrix { get; init; }

    /// <summary>Of a step that was made so, its values.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Values { get; init; } = ImmutableDictionary<string, JsonNode?>.Empty;
}

/// <summary>A sync as written.</summary>
/// <param name="From">The tap.</param>
/// <param name="Select">Selection rules.</param>
/// <param name="Through">Maps and mappers.</param>
/// <param name="To">The targets.</param>
/// <param name="Validation">What happens to records that cannot be processed.</param>
internal sealed record WrittenSync(
    WrittenUse? From, IReadOnlyList<YamlScalar> Select, IReadOnlyList<WrittenStage> Through, IReadOnlyList<WrittenUse> To, Validation Validation)
{
    /// <summary>What happens when the tap's schemas change.</summary>
    public DriftPolicy Drift { get; init; } = DriftPolicy.Warning;

    /// <summary>When a full refresh has brought too little.</summary>
    public RefreshGuards? Guards { get; init; }

    /// <summary>How its record streams are dealt out over several taps, and where that stands.</summary>
    public (StreamPartitions Rules, SourceLocation At)? Partitions { get; init; }
}

/// <summary>A stage as written: one of the two.</summary>
/// <param name="Map">A map inside the runtime.</param>
/// <param name="Mapper">A plugin.</param>
internal sealed record WrittenStage(RecordMap? Map, WrittenUse? Mapper);

/// <summary>A plugin at its place, as written.</summary>
/// <param name="Plugin">Name or folder.</param>
/// <param name="Settings">Its config or input.</param>
/// <param name="Narrowed">What the step cuts its grant down to.</param>
/// <param name="Path">Where its settings stand in the document, for masking.</param>
internal sealed record WrittenUse(YamlScalar Plugin, YamlMap? Settings, WrittenGrant? Narrowed, string Path);

/// <summary>A grant as written; paths are relative to the pipeline file.</summary>
internal sealed record WrittenGrant(
    IReadOnlyList<YamlScalar> Read, IReadOnlyList<YamlScalar> Write, IReadOnlyList<YamlScalar> Env, IReadOnlyList<YamlScalar> Net, IReadOnlyList<YamlScalar> Secrets,
    SourceLocation At);
