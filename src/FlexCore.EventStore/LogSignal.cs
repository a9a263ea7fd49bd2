namespace FlexCore.EventStore;

/// <summary>Wakes those who wait for events, as soon as somebody says that there may be some.</summary>
internal sealed class LogSignal(TimeProvider timeProvider)
{
    /// <summary>How long a signal that got lost can delay anybody.</summary>
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private TaskCompletionSource? _next;

    /// <summary>Wakes all who wait.</summary>
    public void Raise()
    {
        TaskCompletionSource? waiting;
        lock (_gate) (waiting, _next) = (_next, null);
        waiting?.TrySetResult();
    }

    /// <summary>Waits until the log has grown, or somebody says so.</summary>
    /// <param name="hasGrown">Asked once, when the signal can no longer be missed.</param>
    /// <param name="cancellationToken">Gives the waiting up.</param>
    public async ValueTask WaitAsync(Func<ValueTask<bool>> hasGrown, CancellationToken cancellationToken)
    {
        Task signal;
        lock (_gate) signal = (_next ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        if (await hasGrown().ConfigureAwait(false)) return;
        try
        {
            await signal.WaitAsync(SafetyNet, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Worth a look all the same.
        }
    }
}
