namespace FlexCore.Infrastructure.Events;

/// <summary>
/// Has those share one answer who ask for the same at the same time. Each gets that of a read which began after they had asked: whatever was stored by then is in it, as if each had read alone.
/// </summary>
/// <param name="read">Reads; more than one caller may look at its answer.</param>
internal sealed class SharedReads<TKey, T>(Func<TKey, CancellationToken, ValueTask<T>> read)
    where TKey : notnull
{
    private readonly Lock _gate = new();

    // Under way, with those who wait for the one after it; null where nobody does.
    private readonly Dictionary<TKey, TaskCompletionSource<T>?> _underWay = [];

    /// <summary>The answer.</summary>
    public ValueTask<T> ReadAsync(TKey key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_underWay.TryGetValue(key, out var next))
            {
                if (next is null) _underWay[key] = next = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
                return new ValueTask<T>(next.Task.WaitAsync(cancellationToken));
            }

            _underWay.Add(key, null);
        }

        return ReadAloneAsync(key, cancellationToken);
    }

    private async ValueTask<T> ReadAloneAsync(TKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await read(key, cancellationToken);
        }
        finally
        {
            GoOn(key);
        }
    }

    /// <summary>Reads for those who have come meanwhile, in the name of none of them: one who gives up must not take the others along.</summary>
    private void GoOn(TKey key)
    {
        TaskCompletionSource<T>? waiting;
        lock (_gate)
        {
            waiting = _underWay[key];
            if (waiting is null) _underWay.Remove(key);
            else _underWay[key] = null;
        }

        if (waiting is null) return;
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => ReadForAsync(key, waiting), CancellationToken.None);
    }

    private async Task ReadForAsync(TKey key, TaskCompletionSource<T> waiting)
    {
        try
        {
            waiting.SetResult(await read(key, CancellationToken.None));
        }
#pragma warning disable CA1031 // Each of those who wait is told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            waiting.SetException(e);

            // Seen, even where all of them have given up.
            _ = waiting.Task.Exception;
        }
        finally
        {
            GoOn(key);
        }
    }
}
