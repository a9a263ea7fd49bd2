using System.Diagnostics.Metrics;
using System.Text.Json;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Monitoring;

/// <summary>What the runs of this process tell OpenTelemetry, in instruments of the meter <c>FlexCore.Runs</c>: it is counted when it is on record, so that nothing is counted twice.</summary>
internal static class RunMetrics
{
    private static readonly Meter Meter = new("FlexCore.Runs");

    private static readonly Histogram<double> PipelineDuration = Meter.CreateHistogram(
        "pipeline_duration_seconds", "s", "How long runs took, from their start to their end.", advice: Buckets(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400));

    private static readonly Counter<long> PipelineExecutions = Meter.CreateCounter<long>("pipeline_executions", "{run}", "Runs that have ended.");
    private static readonly Counter<long> PluginExecutions = Meter.CreateCounter<long>("plugin_executions", "{execution}", "Plugin processes that have ended.");
    private static readonly Counter<double> PluginCpu = Meter.CreateCounter<double>("plugin_cpu_seconds", "s", "CPU time of plugin processes.");

    private static readonly Histogram<long> PluginMemory = Meter.CreateHistogram(
        "plugin_peak_memory_bytes", "By", "The most memory that plugin processes held at once.", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [.. Enumerable.Range(22, 13).Select(power => 1L << power)] });

    private static readonly Counter<long> Records = Meter.CreateCounter<long>("records", "{record}", "Records that came from taps and went to targets.");
    private static readonly Counter<long> DeadLetters = Meter.CreateCounter<long>("dead_letters", "{record}", "Records that became dead letters.");

    private static readonly Histogram<double> LockWait = Meter.CreateHistogram("lock_wait_seconds", "s", "How long it took to get the lock of a pipeline, or to hear that somebody has it.", advice: Buckets(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5));

    /// <summary>Counts what has happened to a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="happened">What is on record now.</param>
    public static void Count(RunState run, IReadOnlyList<IDomainEvent> happened)
    {
        foreach (var @event in happened)
        {
            switch (@event)
            {
                case StepSucceeded step:
                    Count(run.Pipeline, step.Tally);
                    break;
                case StepFailed step:
                    Count(run.Pipeline, step.Tally);
                    break;
                case PipelineCompleted completed:
                    CountEnd("succeeded", completed.DurationMs);
                    break;
                case PipelineFailed failed:
                    CountEnd("failed", failed.DurationMs);
                    break;
                case PipelineCancelled cancelled:
                    CountEnd("cancelled", cancelled.DurationMs);
                    break;
                case PipelineInterrupted:
                    PipelineExecutions.Add(1, Tag("status", "interrupted"));
                    break;
            }
        }
    }

    /// <summary>Notes how long somebody waited for a lock.</summary>
    public static void WaitedForLock(TimeSpan duration) => LockWait.Record(duration.TotalSeconds);

    private static void CountEnd(string status, long durationMs)
    {
        PipelineExecutions.Add(1, Tag("status", status));
        PipelineDuration.Record(durationMs / 1000d, Tag("status", status));
    }

    private static void Count(string pipeline, StepTally tally)
    {
        foreach (var plugin in tally.Plugins)
        {
            PluginExecutions.Add(1, Tag("plugin", plugin.Name), Tag("status", WordOf(plugin.Outcome)));
            PluginCpu.Add(plugin.CpuMs / 1000d, Tag("plugin", plugin.Name));
            PluginMemory.Record(plugin.PeakMemoryBytes, Tag("plugin", plugin.Name));
        }

        foreach (var (stream, counts) in tally.Streams)
        {
            CountRecords(stream, "in", counts.In);
            CountRecords(stream, "out", tally.Records.GetValueOrDefault(stream));
            if (counts.Dead > 0) DeadLetters.Add(counts.Dead, Tag("pipeline", pipeline), Tag("stream", stream));
        }

        void CountRecords(string stream, string direction, long count)
        {
            if (count > 0) Records.Add(count, Tag("pipeline", pipeline), Tag("stream", stream), Tag("direction", direction));
        }
    }

    private static string WordOf(PluginOutcome outcome) => JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.ToString());

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };
}
