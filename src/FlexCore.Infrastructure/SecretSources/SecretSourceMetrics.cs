using System.Diagnostics.Metrics;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.SecretSources;

/// <summary>What is measured of places outside that keep secrets.</summary>
internal static class SecretSourceMetrics
{
    /// <summary>The label of <see cref="Duration"/>.</summary>
    public const string Label = "operation";

    /// <summary>How long the places took.</summary>
    public static readonly Histogram<double> Duration = SystemTelemetry.CreateDuration("secret_source_duration_seconds", "How long places outside that keep secrets took to answer.");
}
