using FlexCore.Domain.Access;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Ports;

/// <summary>Views that are made from the log alone. Each answer contains everything that was in the log when it was asked for.</summary>
public interface IReadModels
{
    /// <summary>Pipelines that were ever recorded here, by name.</summary>
    ValueTask<IReadOnlyList<PipelineStatus>> ListPipelinesAsync(PipelineFilter filter, CancellationToken cancellationToken);

    /// <summary>Runs, newest first.</summary>
    ValueTask<IReadOnlyList<ExecutionHistory>> ListRunsAsync(RunFilter filter, CancellationToken cancellationToken);

    /// <summary>All plugins that were registered or ran here, by name.</summary>
    ValueTask<IReadOnlyList<PluginInventory>> ListPluginsAsync(CancellationToken cancellationToken);

    /// <summary>What was done here in all.</summary>
    ValueTask<SystemMetrics> ReadMetricsAsync(CancellationToken cancellationToken);

    /// <summary>Keeps all views up to date until it is disposed of: whoever asks then need not wait for what others have left undone.</summary>
    IAsyncDisposable Keep();

    /// <summary>Begins to make all views anew from the log. Whoever asks next waits for that.</summary>
    ValueTask RebuildAsync(CancellationToken cancellationToken);
}

/// <summary>Which pipelines to list.</summary>
/// <param name="Limit">At most so many.</param>
/// <param name="After">Only those behind this name.</param>
/// <param name="Search">Only those that have this in their name.</param>
/// <param name="Lifecycle">Only those that are there.</param>
public sealed record PipelineFilter(int Limit = int.MaxValue, string? After = null, string? Search = null, PipelineLifecycle? Lifecycle = null);

/// <summary>Which runs to list.</summary>
/// <param name="Limit">At most so many.</param>
/// <param name="Pipeline">Only those of this pipeline.</param>
/// <param name="Status">Only those that are there.</param>
/// <param name="Before">Only those that are older than this run.</param>
/// <param name="Scope">Only those of these pipelines; null lists all.</param>
/// <param name="Since">Only those that began then or later; one that waits begins when it is queued.</param>
public sealed record RunFilter(int Limit, string? Pipeline = null, RunStatus? Status = null, Guid? Before = null, PipelineScope? Scope = null, DateTimeOffset? Since = null);

/// <summary>A pipeline and how it fares.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Version">Of its newest definition.</param>
/// <param name="Lifecycle">What may happen with it.</param>
/// <param name="Runs">How often it was run.</param>
/// <param name="Failures">How many runs have failed or were interrupted.</param>
/// <param name="LastRun">Its newest run, if it was run.</param>
public sealed record PipelineStatus(string Name, int Version, PipelineLifecycle Lifecycle, long Runs, long Failures, ExecutionHistory? LastRun);

/// <summary>A run, as the history lists it.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Pipeline">Its pipeline.</param>
/// <param name="Status">Where it is.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="DurationMs">Wall time in milliseconds, once it has ended by itself.</param>
/// <param name="Records">Records that went to targets.</param>
/// <param name="DeadLetters">Records that became dead letters.</param>
/// <param name="IsDryRun">Whether targets were left out.</param>
/// <param name="Replays">How many dead letters it sent again.</param>
public sealed record ExecutionHistory(
    Guid RunId, string Pipeline, RunStatus Status, DateTimeOffset StartedAt, long? DurationMs, long Records, long DeadLetters, bool IsDryRun, int? Replays);

/// <summary>A plugin, and what its processes did.</summary>
/// <param name="Name">The plugin.</param>
/// <param name="Version">Of its registration, if it was registered.</param>
/// <param name="Executions">Processes that have ended.</param>
/// <param name="Failures">Those that were the cause of a failed step.</param>
/// <param name="CpuMs">CPU time of all, in milliseconds.</param>
/// <param name="PeakMemoryBytes">The most memory that one of them held at once.</param>
/// <param name="LastUsedAt">When the last one ended.</param>
/// <param name="IsDisabled">Whether no run begins with it.</param>
public sealed record PluginInventory(string Name, string? Version, long Executions, long Failures, long CpuMs, long PeakMemoryBytes, DateTimeOffset? LastUsedAt, bool IsDisabled);

/// <summary>Sums over the whole log.</summary>
/// <param name="Events">Events.</param>
/// <param name="Runs">Runs that were begun.</param>
/// <param name="Failures">Runs that have failed or were interrupted.</param>
/// <param name="Records">Records that went to targets.</param>
/// <param name="Bytes">Bytes that passed through syncs.</param>
/// <param name="DeadLetters">Records that became dead letters.</param>
/// <param name="PluginExecutions">Plugin processes that have ended.</param>
public sealed record SystemMetrics(long Events, long Runs, long Failures, long Records, long Bytes, long DeadLetters, long PluginExecutions);
