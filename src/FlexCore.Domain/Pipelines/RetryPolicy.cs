using FlexCore.Domain.Plugins;

namespace FlexCore.Domain.Pipelines;

/// <summary>How the time between attempts grows.</summary>
public enum Backoff
{
    /// <summary>It stays <see cref="RetryPolicy.Initial"/>.</summary>
    Fixed,

    /// <summary>It doubles with each attempt.</summary>
    Exponential,
}

/// <summary>Whether, and when, a step that failed is tried again.</summary>
public sealed record RetryPolicy
{
    /// <summary>A step is tried once.</summary>
    public static RetryPolicy Never { get; } = new() { Attempts = 1 };

    /// <summary>How often it is tried at most, the first time included.</summary>
    public required int Attempts { get; init; }

    /// <summary>How the time between attempts grows.</summary>
    public Backoff Backoff { get; init; } = Backoff.Exponential;

    /// <summary>The time before the second attempt.</summary>
    public TimeSpan Initial { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest time between two attempts.</summary>
    public TimeSpan Max { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether each time is shortened by up to a half, at random: what failed together is not to come back together.</summary>
    public bool Jitter { get; init; } = true;

    /// <summary>Only after these outcomes; empty for all. What somebody has cancelled is never tried again.</summary>
    public IReadOnlyList<PluginOutcome> On { get; init; } = [];

    /// <summary>How long to wait before the next attempt; null when there is none.</summary>
    /// <param name="attempt">The attempt that failed, counted from 1.</param>
    /// <param name="outcome">How it failed.</param>
    /// <param name="chance">From 0 to 1, at random.</param>
    public TimeSpan? DelayAfter(int attempt, PluginOutcome outcome, double chance)
    {
        if (attempt >= Attempts || outcome == PluginOutcome.Cancelled || (On.Count > 0 && !On.Contains(outcome))) return null;
        var growth = Backoff == Backoff.Fixed ? 1 : Math.Pow(2, attempt - 1);
        var milliseconds = Math.Min(Initial.TotalMilliseconds * growth, Max.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(Jitter ? milliseconds * (1 - (chance / 2)) : milliseconds);
    }
}
