namespace FlexCore.Client;

/// <summary>How a node is.</summary>
/// <param name="Status"><c>healthy</c>; <c>degraded</c>, where something is away without which it can go on; or <c>unhealthy</c>.</param>
/// <param name="Checks">What was looked at.</param>
public sealed record HealthReport(string Status, IReadOnlyList<HealthCheck> Checks)
{
    /// <summary>All is there.</summary>
    public const string Healthy = "healthy";

    /// <summary>Something is away without which the node can go on.</summary>
    public const string Degraded = "degraded";

    /// <summary>Something is away that the node needs.</summary>
    public const string Unhealthy = "unhealthy";
}

/// <summary>One thing that a node was looked at for.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Status">As of <see cref="HealthReport"/>.</param>
/// <param name="DurationMs">How long it took to find out, in milliseconds.</param>
/// <param name="Detail">What was found; null where it is away.</param>
/// <param name="Error">What is wrong; null where nothing is.</param>
public sealed record HealthCheck(string Name, string Status, long DurationMs, string? Detail, string? Error);
