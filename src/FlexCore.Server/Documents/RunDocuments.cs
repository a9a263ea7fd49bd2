using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Domain.Runs;
using Run = FlexCore.Client.Run;
using RunTrigger = FlexCore.Client.RunTrigger;
using StreamCounts = FlexCore.Client.StreamCounts;

namespace FlexCore.Server.Documents;

/// <summary>Runs as the API tells them.</summary>
public static class RunDocuments
{
    private static readonly Dictionary<string, JsonElement> NoStates = [];

    /// <summary>A run of a list.</summary>
    public static RunListItem Describe(ExecutionHistory run) => new(
        run.RunId, run.Pipeline, Wording.Of(run.Status), run.IsDryRun, run.Replays, run.StartedAt, run.DurationMs, run.Records, run.DeadLetters);

    /// <summary>A run.</summary>
    /// <param name="summary">The run.</param>
    /// <param name="states">What is committed now, by step.</param>
    public static Run Describe(RunSummary summary, IReadOnlyDictionary<string, JsonElement> states) => Describe(summary.State, summary.StartedAt, summary.Waits?.Describe(), states);

    /// <summary>A run as it was once. What was committed then is in other event streams.</summary>
    /// <param name="run">The run.</param>
    /// <param name="startedAt">When it was wanted, or began where it never waited.</param>
    public static Run DescribePast(RunState run, DateTimeOffset startedAt) => Describe(run, startedAt, waits: null, NoStates);

    /// <summary>A line of a run's log.</summary>
    public static RunLogLine Describe(LogLine line) => new(line.At, line.Step, line.Plugin, Wording.Of(line.Level), line.Message);

    /// <summary>A file that a step has left.</summary>
    public static RunArtifact Describe(StepArtifact artifact) => new(artifact.Step, artifact.File.Name, artifact.File.Length, artifact.File.Sha256);

    /// <summary>Two runs beside each other.</summary>
    public static Client.RunComparison Describe(Application.Runs.RunComparison runs) => new(
        runs.One.State.RunId, runs.Other.State.RunId, [.. runs.Differences.Select(difference => new Client.RunDifference(difference.What, difference.One, difference.Other))], runs.DefinitionDiff);

    /// <summary>A run in the queue.</summary>
    public static Client.QueuedRun Describe(Application.Ports.QueuedRun run) => new(
        run.Entry.RunId, run.Entry.Pipeline, run.Claim is null ? "queued" : "running", run.Entry.Priority, run.EnqueuedAt, run.Claim?.Node);

    /// <summary>What became of a wish to end a run.</summary>
    public static CancelledRun DescribeCancelled(RunState run) => new(run.RunId, Wording.Of(run.Status), run.CancelRequested is not null);

    /// <summary>A step, without what is committed and without its output, which may be large.</summary>
    public static RunStep Describe(StepState step) => Describe(step, NoStates) with { Output = null };

    private static Run Describe(RunState run, DateTimeOffset startedAt, string? waits, IReadOnlyDictionary<string, JsonElement> states) => new(
        run.RunId, run.Pipeline, run.PipelineVersion, Wording.Of(run.Status), run.DurationMs, run.Reason, new RunTrigger(Wording.Of(run.Trigger.Kind), run.Trigger.Source, run.Trigger.DueAt),
        run.RetryOf, run.Node, run.CancelRequested, run.Resumes, run.IsDryRun, run.Replays, run.Environment, run.KeepsSucceeded, run.Isolation.IsDegraded,
        new RunIsolation(run.Isolation.Name, run.Isolation.Missing), [.. run.Steps.Select(step => Describe(step, states))], startedAt, waits);

    private static RunStep Describe(StepState step, IReadOnlyDictionary<string, JsonElement> states) => new(
        step.Id, Wording.Of(step.Status), step.Attempts, step.Tally.Records, step.Tally.Bytes, step.Tally.CountDead(),
        step.Tally.Streams.ToDictionary(
            stream => stream.Key,
            stream => new StreamCounts(stream.Value.In, stream.Value.LeftOut, stream.Value.Dead, stream.Value.Mapped, step.Tally.Records.GetValueOrDefault(stream.Key), stream.Value.Bytes),
            StringComparer.Ordinal),
        states.TryGetValue(step.Id, out var state) ? state : null,
        step.SubRun,
        step.IsKept,
        step.Status == StepStatus.Skipped ? step.Message : null,
        step.Code is { } code ? new StepError(code, step.Message) : null,
        [.. step.Tally.Plugins.Select(plugin => new StepPlugin(
            plugin.Name, Wording.Of(plugin.Outcome), plugin.ExitCode, plugin.CpuMs, plugin.PeakMemoryBytes, plugin.Isolation, plugin.GrantHash, plugin.ExecutionId))],
        step.Output);
}
