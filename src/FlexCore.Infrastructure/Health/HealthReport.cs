using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlexCore.Infrastructure.Health;

/// <summary>How something is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HealthStatus>))]
public enum HealthStatus
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("healthy")]
    Healthy,

    /// <summary>Something is not there that it can do without.</summary>
    [JsonStringEnumMemberName("degraded")]
    Degraded,

    /// <summary>Something is not there that it needs.</summary>
    [JsonStringEnumMemberName("unhealthy")]
    Unhealthy,
}

/// <summary>What one check has found.</summary>
/// <param name="Name">Of the check.</param>
/// <param name="Status">How what it looks at is.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Detail">What it has found, for people.</param>
/// <param name="Error">What is wrong; null when nothing is.</param>
public sealed record HealthFinding(string Name, HealthStatus Status, double DurationMs, string? Detail, string? Error);

/// <summary>What all checks have found, of those that were asked for.</summary>
/// <param name="Status">The worst of them.</param>
/// <param name="Checks">Each of them, in the order in which they were registered.</param>
public sealed record HealthReport(HealthStatus Status, IReadOnlyList<HealthFinding> Checks)
{
    /// <summary>One JSON object: <c>{"status","checks":[{"name","status","duration_ms","detail","error"}]}</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, HealthJson.Default.HealthReport);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
