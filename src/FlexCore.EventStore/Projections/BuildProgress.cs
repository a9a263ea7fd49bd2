namespace FlexCore.EventStore.Projections;

/// <summary>How the folding of one build goes: one that fails waits longer and longer, and keeps no other build waiting.</summary>
internal sealed class BuildProgress(TimeProvider timeProvider)
{
    private const int LargestBatch = 500;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private TimeSpan _delay;
    private long _failedAt;

    /// <summary>How many events to fold at once.</summary>
    public int BatchSize { get; private set; } = LargestBatch;

    public Exception? Failure { get; private set; }

    /// <summary>How long to leave it alone.</summary>
    public TimeSpan Rest
    {
        get
        {
            if (Failure is null) return TimeSpan.Zero;
            var rest = _delay - timeProvider.GetElapsedTime(_failedAt);
            return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        }
    }

    public void Succeeded()
    {
        Failure = null;
        _delay = TimeSpan.Zero;
        BatchSize = Math.Min(LargestBatch, BatchSize * 2);
    }

    /// <summary>One by one from here on: so all that can be in the views gets there, and the event that cannot is known.</summary>
    public void Failed(Exception failure)
    {
        Failure = failure;
        BatchSize = 1;
        _failedAt = timeProvider.GetTimestamp();
        _delay = _delay == TimeSpan.Zero ? FirstDelay : _delay * 2 < LongestDelay ? _delay * 2 : LongestDelay;
    }
}
