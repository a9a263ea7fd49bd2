namespace FlexCore.EventStore.Subscriptions;

/// <summary>Waits that get longer, each twice as long as the one before.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, TimeProvider timeProvider)
{
    private TimeSpan? _last;

    /// <summary>It went well: the next failure is a first one.</summary>
    public void Reset() => _last = null;

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        var delay = _last * 2 ?? first;
        _last = delay < longest ? delay : longest;
        return Task.Delay(_last.Value, timeProvider, cancellationToken);
    }
}
