using System.Diagnostics.Metrics;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.SecretSources;

/// <summary>What is measured of places outside that keep secrets, and of what is kept of them here.</summary>
internal static class SecretSourceMetrics
{
    /// <summary>The label of <see cref="Duration"/>.</summary>
    public const string Label = "operation";

    /// <summary>How long the places took.</summary>
    public static readonly Histogram<double> Duration = SystemTelemetry.CreateDuration("secret_source_duration_seconds", "How long places outside that keep secrets took to answer.");

    /// <summary>Who asked and what they got: a kept value, one from the place, one that was kept longer than it should because the place was away, or nothing.</summary>
    public static readonly Counter<long> Reads = SystemTelemetry.Meter.CreateCounter<long>("secret_cache_reads_total", description: "Secrets that were asked for, by where the answer came from.");
}
