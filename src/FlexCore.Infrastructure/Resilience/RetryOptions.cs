namespace FlexCore.Infrastructure.Resilience;

/// <summary>How the pauses between attempts grow.</summary>
public enum Backoff
{
    /// <summary>Each is twice as long as the one before it.</summary>
    Exponential,

    /// <summary>All are the same.</summary>
    Fixed,

    /// <summary>They are listed, in <see cref="RetryOptions.Delays"/>; the last one holds for all that follow.</summary>
    Custom,
}

/// <summary>How an operation that may be repeated is tried again when it has failed for a reason that may pass.</summary>
public sealed class RetryOptions
{
    /// <summary>How often it is tried in all, 1 to 100; 1 tries nothing again.</summary>
    public int Attempts { get; set; } = 3;

    /// <summary>How the pauses grow.</summary>
    public Backoff Backoff { get; set; }

    /// <summary>The first pause.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The pauses, where <see cref="Backoff"/> is <see cref="Backoff.Custom"/>.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; set; } = [];

    /// <summary>Whether the pauses are spread at random, so that callers who failed together do not come back together.</summary>
    public bool Jitter { get; set; } = true;
}
