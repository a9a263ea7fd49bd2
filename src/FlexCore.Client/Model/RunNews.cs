using System.Text.Json.Serialization;

namespace FlexCore.Client;

/// <summary>What is told of a run while somebody looks: what has happened in order and once each; progress and log lines between that as far as they are heard.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(RunWarning), "warning")]
[JsonDerivedType(typeof(RunBegan), "began")]
[JsonDerivedType(typeof(StepBegan), "step-began")]
[JsonDerivedType(typeof(StepProgressed), "step-progressed")]
[JsonDerivedType(typeof(PluginSaid), "plugin-said")]
[JsonDerivedType(typeof(StepEnded), "step-ended")]
public abstract record RunNews
{
    /// <summary>Whether it is part of the run's history, and not of what may be lost on the way.</summary>
    [JsonIgnore]
    public bool IsLasting => this is not (StepProgressed or PluginSaid);
}

/// <summary>Something that does not stop the run but should be known.</summary>
/// <param name="Message">What it is.</param>
public sealed record RunWarning(string Message) : RunNews;

/// <summary>The run has begun.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="PipelineVersion">Which definition of it.</param>
/// <param name="DryRun">Whether targets are left out.</param>
/// <param name="Replays">How many dead letters it sends again.</param>
/// <param name="Resumes">The interrupted run that it goes on from.</param>
/// <param name="Grants">What plugins get, where it is known.</param>
public sealed record RunBegan(Guid RunId, string Pipeline, int PipelineVersion, bool DryRun, int? Replays, Guid? Resumes, IReadOnlyList<StepGrant> Grants) : RunNews;

/// <summary>What one plugin gets in one step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Plugin">The plugin.</param>
/// <param name="Grant">What it gets, in words.</param>
/// <param name="WiderLimits">The limits that it sets itself wider than usual; empty when there are none.</param>
public sealed record StepGrant(string Step, string Plugin, string Grant, string WiderLimits);

/// <summary>A step has begun.</summary>
/// <param name="Step">The step.</param>
public sealed record StepBegan(string Step) : RunNews;

/// <summary>How far a step is.</summary>
/// <param name="Step">The step.</param>
/// <param name="Streams">By record stream.</param>
/// <param name="Bytes">All bytes so far.</param>
/// <param name="Plugins">The processes at this moment.</param>
public sealed record StepProgressed(string Step, IReadOnlyDictionary<string, StreamProgress> Streams, long Bytes, IReadOnlyList<PluginProgress> Plugins) : RunNews;

/// <summary>How far a record stream is.</summary>
/// <param name="Records">Records that went to targets so far.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StreamProgress(long Records, long Bytes);

/// <summary>One plugin process at this moment.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="CpuMs">CPU time so far, in milliseconds.</param>
/// <param name="MemoryBytes">Memory now.</param>
public sealed record PluginProgress(string Name, double CpuMs, long MemoryBytes);

/// <summary>A plugin has said something.</summary>
/// <param name="Line">The line.</param>
public sealed record PluginSaid(RunLogLine Line) : RunNews;

/// <summary>A step has ended, or was skipped.</summary>
/// <param name="Step">The step, as it is now.</param>
public sealed record StepEnded(RunStep Step) : RunNews;
