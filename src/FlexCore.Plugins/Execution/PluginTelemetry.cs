using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlexCore.Application.Ports;
using FlexCore.Domain.Plugins;

namespace FlexCore.Plugins.Execution;

/// <summary>What plugin processes tell OpenTelemetry: spans of the source and instruments of the meter named <c>FlexCore.Plugins</c>.</summary>
internal static class PluginTelemetry
{
    private const string Name = "FlexCore.Plugins";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Startup = Meter.CreateHistogram(
        "plugin_startup_seconds", "s", "How long it took to have a plugin run in its sandbox, from the wish to the start of its program.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] });

    internal static void Started(TimeSpan duration) => Startup.Record(duration.TotalSeconds);

    /// <summary>Begins the span of a plugin process, under that of its step; null where nobody wants one.</summary>
    internal static Activity? Begin(PluginManifest plugin, EventContext step) =>
        Source.HasListeners() && ActivityContext.TryParse(step.TraceParent, traceState: null, out var parent)
            ? Source.StartActivity($"plugin {plugin.Name}", ActivityKind.Internal, parent, [new("flexcore.plugin", plugin.Name), new("flexcore.plugin.version", plugin.Version)])
            : null;

    /// <summary>Ends it, with what the process has used.</summary>
    internal static void End(Activity? span, PluginOutcome outcome, int? exitCode, ExecutionUsage usage)
    {
        if (span is null) return;
        span.SetTag("process.exit.code", exitCode).SetTag("flexcore.plugin.cpu_ms", usage.CpuMs).SetTag("flexcore.plugin.peak_memory_bytes", usage.PeakMemoryBytes);
        if (outcome is not (PluginOutcome.Succeeded or PluginOutcome.Cancelled)) span.SetStatus(ActivityStatusCode.Error, outcome.ToString());
        span.Dispose();
    }
}
