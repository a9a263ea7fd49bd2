using System.Diagnostics.Metrics;

namespace FlexCore.Plugins.Execution;

/// <summary>What the starts of plugins tell OpenTelemetry, in instruments of the meter <c>FlexCore.Plugins</c>.</summary>
internal static class PluginMetrics
{
    private static readonly Meter Meter = new("FlexCore.Plugins");

    private static readonly Histogram<double> Startup = Meter.CreateHistogram(
        "plugin_startup_seconds", "s", "How long it took to have a plugin run in its sandbox, from the wish to the start of its program.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] });

    internal static void Started(TimeSpan duration) => Startup.Record(duration.TotalSeconds);
}
