namespace FlexCore.Application.Runs;

/// <summary>
/// How many runs a node works on at once. A run that only waits for others steps aside, so that few slots are enough for any number of runs within each other; it goes on before new ones are
/// taken. A run whose end is being stored needs no slot any more; of those there are at most as many again.
/// </summary>
/// <param name="count">How many there are.</param>
public sealed class NodeSlots(int count)
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _comingBack = [];
    private int _taken;
    private int _ending;
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many are free, and what tells when one becomes so.</summary>
    public (int Free, Task Freed) CountFree()
    {
        lock (_gate) return (int.Min(count - _taken, (2 * count) - _taken - _ending), _freed.Task);
    }

    /// <summary>Takes one, for a run that was claimed.</summary>
    public NodeSlot Take()
    {
        lock (_gate) _taken++;
        return new NodeSlot(this);
    }

    /// <summary>Frees one.</summary>
    /// <param name="isEnding">Whether the end of its run is still being stored.</param>
    internal void Free(bool isEnding)
    {
        lock (_gate)
        {
            if (isEnding) _ending++;
            if (!HandOn()) _taken--;
        }

        TellFreed();
    }

    /// <summary>The end of a run is stored.</summary>
    internal void End()
    {
        lock (_gate) _ending--;
        TellFreed();
    }

    /// <summary>Takes one when there is one. Who gives the waiting up has one nevertheless: what it does then is brief.</summary>
    internal async Task TakeAgainAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource free;
        lock (_gate)
        {
            if (_taken < count)
            {
                _taken++;
                return;
            }

            _comingBack.Enqueue(free = new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var giveUp = cancellationToken.UnsafeRegister(_ => GiveUp(free), null);
        await free.Task;
    }

    private bool HandOn()
    {
        while (_taken <= count && _comingBack.TryDequeue(out var next))
        {
            if (next.TrySetResult()) return true;
        }

        return false;
    }

    private void GiveUp(TaskCompletionSource waiting)
    {
        lock (_gate)
        {
            if (waiting.TrySetResult()) _taken++;
        }
    }

    private void TellFreed()
    {
        TaskCompletionSource freed;
        lock (_gate) (freed, _freed) = (_freed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        freed.TrySetResult();
    }
}

/// <summary>The slot of one run. For one caller at a time.</summary>
public sealed class NodeSlot : IDisposable
{
    private readonly NodeSlots _slots;
    private Use _use = Use.Taken;

    internal NodeSlot(NodeSlots slots) => _slots = slots;

    private enum Use
    {
        Taken,
        Aside,
        Ending,
        Gone,
    }

    /// <summary>Leaves it to others.</summary>
    public void StepAside()
    {
        if (_use != Use.Taken) return;
        _use = Use.Aside;
        _slots.Free(isEnding: false);
    }

    /// <summary>Takes one again.</summary>
    /// <param name="cancellationToken">Goes on without waiting.</param>
    public async Task ComeBackAsync(CancellationToken cancellationToken)
    {
        if (_use != Use.Aside) return;
        await _slots.TakeAgainAsync(cancellationToken);
        _use = Use.Taken;
    }

    /// <summary>All work of the run is done, and only its end is still to be stored.</summary>
    public void Finish()
    {
        if (_use != Use.Taken) return;
        _use = Use.Ending;
        _slots.Free(isEnding: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var use = _use;
        _use = Use.Gone;
        if (use == Use.Taken) _slots.Free(isEnding: false);
        else if (use == Use.Ending) _slots.End();
    }
}
