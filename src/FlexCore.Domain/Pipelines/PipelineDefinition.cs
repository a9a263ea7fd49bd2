using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Notifications;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Scheduling;

namespace FlexCore.Domain.Pipelines;

/// <summary>A pipeline, checked and ready to run: references are resolved, paths absolute, plugins found, grants decided.</summary>
public sealed record PipelineDefinition
{
    /// <summary>How many steps run at once where nothing is said.</summary>
    public const int DefaultParallel = 4;

    /// <summary>The identity: two files with one name share their state.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>Absolute path of the file it was read from.</summary>
    public required string File { get; init; }

    /// <summary>The definition as it was written, as JSON; references unresolved and secret fields masked, so that it may be recorded.</summary>
    public required JsonElement Document { get; init; }

    /// <summary>The values of secret fields that are written out, each as what is wrong with it: <see cref="Document"/> lacks them, so that a node could not run it from the record.</summary>
    public IReadOnlyList<Error> NotOnRecord { get; init; } = [];

    /// <summary>SHA-256 of <see cref="Document"/>, in lower-case hex.</summary>
    public required string Hash { get; init; }

    /// <summary>The environment whose settings it was read with; null for none.</summary>
    public string? Environment { get; init; }

    /// <summary>The variables after those of the project and <c>--set</c>.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Vars { get; init; }

    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>How its runs wait for a node.</summary>
    public RunRules Rules { get; init; } = RunRules.Usual;

    /// <summary>Who is told of its runs.</summary>
    public IReadOnlyList<NotifyRule> Notify { get; init; } = [];

    /// <summary>The same as a run has it on record: null where it is nobody.</summary>
    public IReadOnlyList<NotifyRule>? NotifyOnRecord => Notify.Count == 0 ? null : Notify;

    /// <summary>What starts its runs beside people.</summary>
    public Triggers Triggers { get; init; } = Triggers.None;

    /// <summary>How many steps may run at once.</summary>
    public int Parallel { get; init; } = DefaultParallel;
}

/// <summary>When a step runs, once all that it needs has ended.</summary>
public enum RunCondition
{
    /// <summary>When all of it has succeeded.</summary>
    Success,

    /// <summary>When some of it has failed, or was left out because something before it had.</summary>
    Failure,

    /// <summary>However it has ended.</summary>
    Always,
}

/// <summary>A node of the pipeline's graph.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Needs">Steps that must have ended before.</param>
public abstract record Step(string Id, IReadOnlyList<string> Needs)
{
    /// <summary>When it runs, once these have ended.</summary>
    public RunCondition When { get; init; }

    /// <summary>What else must be true then; null for nothing.</summary>
    public StepCondition? Condition { get; init; }

    /// <summary>How long one attempt may take; null for ever.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether it is tried again when it fails.</summary>
    public RetryPolicy Retry { get; init; } = RetryPolicy.Never;

    /// <summary>The plugins it starts.</summary>
    public abstract IReadOnlyList<PluginUse> Plugins { get; }

    /// <summary>Those of them that a dry run starts too.</summary>
    public virtual IReadOnlyList<PluginUse> DryPlugins => [];
}

/// <summary>Streams records from a tap to one or several targets.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Needs">Steps that must have ended before.</param>
/// <param name="From">The tap.</param>
/// <param name="Select">Selection rules in order, <c>stream.field</c> with <c>*</c>, a leading <c>!</c> excludes; empty selects everything the tap selects itself.</param>
/// <param name="Through">What the records go through on their way, in order.</param>
/// <param name="To">The targets; each gets everything.</param>
/// <param name="Validation">What happens to records that cannot be processed.</param>
public sealed record SyncStep(
    string Id, IReadOnlyList<string> Needs, PluginUse From, IReadOnlyList<string> Select, IReadOnlyList<Stage> Through, IReadOnlyList<PluginUse> To, Validation Validation)
    : Step(Id, Needs)
{
    /// <inheritdoc/>
    public override IReadOnlyList<PluginUse> Plugins => [.. DryPlugins, .. To];

    /// <inheritdoc/>
    public override IReadOnlyList<PluginUse> DryPlugins => [From, .. Through.OfType<MapperStage>().Select(stage => stage.Mapper)];

    /// <summary>What happens when the tap's schemas change.</summary>
    public DriftPolicy Drift { get; init; } = DriftPolicy.Warning;

    /// <summary>When a full refresh has brought too little; null where the pipeline says nothing.</summary>
    public RefreshGuards? Guards { get; init; }

    /// <summary>How its record streams are dealt out over several taps; null for one tap.</summary>
    public StreamPartitions? Partitions { get; init; }

    /// <summary>Whether a map hides values on the way.</summary>
    public bool Masks => Through.OfType<MapStage>().Any(stage => stage.Map.Mask.Count > 0);

    /// <summary>Whether a program writes what that stage of <see cref="Through"/> is the first to see: the tap, or a mapper right before it.</summary>
    public bool HasFlowFrom(int stage) => stage == 0 || (stage > 0 && stage <= Through.Count && Through[stage - 1] is MapperStage);
}

/// <summary>One place between a tap and its targets.</summary>
public abstract record Stage;

/// <summary>A map inside the runtime.</summary>
/// <param name="Map">What it does.</param>
public sealed record MapStage(RecordMap Map) : Stage;

/// <summary>A plugin that reads messages and writes messages.</summary>
/// <param name="Mapper">The plugin.</param>
public sealed record MapperStage(PluginUse Mapper) : Stage;

/// <summary>Runs one plugin to completion.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Needs">Steps that must have ended before.</param>
/// <param name="Plugin">The plugin; its settings are the task's input.</param>
/// <param name="Args">Added to the plugin's command.</param>
public sealed record TaskStep(string Id, IReadOnlyList<string> Needs, PluginUse Plugin, IReadOnlyList<string> Args) : Step(Id, Needs)
{
    /// <inheritdoc/>
    public override IReadOnlyList<PluginUse> Plugins => [Plugin];
}

/// <summary>Asks a tap for its catalog, which is what it leaves. No pipeline can say it.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Needs">Steps that must have ended before.</param>
/// <param name="Tap">The plugin.</param>
public sealed record DiscoveryStep(string Id, IReadOnlyList<string> Needs, PluginUse Tap) : Step(Id, Needs)
{
    /// <inheritdoc/>
    public override IReadOnlyList<PluginUse> Plugins => [Tap];
}

/// <summary>Does nothing, inside the runtime.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Needs">Steps that must have ended before.</param>
public sealed record NoopStep(string Id, IReadOnlyList<string> Needs) : Step(Id, Needs)
{
    /// <inheritdoc/>
    public override IReadOnlyList<PluginUse> Plugins => [];
}

/// <summary>One plugin at one place of a pipeline.</summary>
/// <param name="Manifest">The plugin.</param>
/// <param name="Settings">Its config (tap, mapper, target) or input (task): a JSON object with absolute paths; references to secrets and to what earlier steps leave as written.</param>
/// <param name="Grant">What it gets.</param>
/// <param name="GrantSource"><c>pipeline</c>, <c>standing</c> or <c>command-line</c>: see <see cref="PluginCapabilityGranted"/>.</param>
public sealed record PluginUse(PluginManifest Manifest, JsonElement Settings, Grant Grant, string GrantSource)
{
    /// <summary>The texts in <see cref="Settings"/> that are complete only when its step starts.</summary>
    public IReadOnlyList<LateText> LateTexts { get; init; } = [];

    /// <summary>The secrets that it gets, in its settings or as files.</summary>
    public IEnumerable<string> Secrets => LateTexts.SelectMany(text => text.Secrets).Concat(Grant.Secrets).Distinct(StringComparer.Ordinal);
}
