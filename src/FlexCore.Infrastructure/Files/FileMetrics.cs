using System.Diagnostics.Metrics;
using System.Globalization;
using FlexCore.Infrastructure.Clients;

namespace FlexCore.Infrastructure.Files;

/// <summary>What is measured of stores of files outside.</summary>
internal static class FileMetrics
{
    public const string Operation = "operation";

    public static readonly Histogram<double> Duration = SystemTelemetry.CreateDuration("file_store_duration_seconds", "How long requests to S3 and Azure's blob storage took their callers.");
}

/// <summary>The header <c>Content-Range</c> of an answer with a part of something (RFC 9110, section 14.4).</summary>
internal static class ContentRange
{
    /// <returns>How long the whole is; null where nothing says so.</returns>
    public static long? LengthOf(string? value) =>
        value is not null && value.LastIndexOf('/') is var slash and >= 0 && long.TryParse(value.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
}
