namespace FlexCore.Infrastructure.Resilience;

/// <summary>When a system that fails is left alone for a while.</summary>
public sealed class BreakerOptions
{
    /// <summary>Whether it is ever left alone.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The share of failures from which on it is, above 0 and at most 1.</summary>
    public double FailureRatio { get; set; } = 0.5;

    /// <summary>Of at least so many attempts, 2 or more.</summary>
    public int MinimumThroughput { get; set; } = 20;

    /// <summary>Within this time.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nobody asks it. The first attempt after that decides whether it is asked again.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromSeconds(5);
}
