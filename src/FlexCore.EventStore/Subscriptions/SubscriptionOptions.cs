namespace FlexCore.EventStore.Subscriptions;

/// <summary>How a subscription reads and what it does with events that its handler does not take.</summary>
/// <param name="Name">What the subscription's position is kept under, at most 200 characters.</param>
public sealed record SubscriptionOptions(string Name)
{
    /// <summary>Which events to read.</summary>
    public LogFilter Filter { get; init; } = new();

    /// <summary>How many events are read at once. The position is kept after each batch, so at most that many are handled again after a crash.</summary>
    public int BatchSize { get; init; } = 200;

    /// <summary>How often an event is tried before it is parked.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>How long to wait before the second attempt; each further wait is twice as long.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two attempts, and between two attempts to reach a store that is away.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    internal static void Check(SubscriptionOptions options)
    {
        const int LongestName = 200;
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Name, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Name.Length, LongestName, nameof(options));
        if (options.Name.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A name contains no NUL character.", nameof(options));
        ArgumentNullException.ThrowIfNull(options.Filter, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Attempts, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.FirstDelay, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxDelay, options.FirstDelay, nameof(options));
    }
}
