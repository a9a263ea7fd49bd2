using System.Diagnostics;

namespace FlexCore.EventStore.Appending;

/// <summary>
/// Lets appends that come while a commit is under way share the next one. Who comes alone does not wait: its append is
/// written at once, by itself. Each append gets an answer of its own; a conflict fails only the append that has it.
/// </summary>
internal sealed class GroupCommit(ILogWriter writer, Action appended)
{
    private const int PartOfCommit = 8;

    private readonly Lock _gate = new();
    private readonly Queue<PendingAppend> _waiting = [];
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isCommitting;
    private bool _isClosed;

    public async ValueTask<AppendResult> AppendAsync(IReadOnlyList<StreamAppend> appends, IReadOnlyList<TableChange> changes, CancellationToken cancellationToken)
    {
        AppendRules.Check(appends);
        ArgumentNullException.ThrowIfNull(changes);
        cancellationToken.ThrowIfCancellationRequested();
        using var activity = EventStoreTelemetry.StartAppend(appends);
        var started = Stopwatch.GetTimestamp();
        var pending = new PendingAppend(appends, changes);
        try
        {
            AppendResult result;
            if (Enter(pending))
            {
                var batch = new AppendBatch();
                pending.Take();
                batch.Add(pending);
                await CommitAsync(batch).ConfigureAwait(false);
                Leave();
                result = await pending.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                result = await pending.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            EventStoreTelemetry.Appended(pending.EventCount, Stopwatch.GetElapsedTime(started));
            return result;
        }
        catch (EventStoreException e)
        {
            EventStoreTelemetry.Failed(activity, e);
            throw;
        }
    }

    /// <summary>Takes no more appends, and waits for those that it has.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (!_isCommitting) _idle.TrySetResult();
        }

        return _idle.Task;
    }

    /// <summary>Makes the caller the one who commits, or its append one of those that wait.</summary>
    private bool Enter(PendingAppend pending)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (_isCommitting)
            {
                _waiting.Enqueue(pending);
                return false;
            }

            return _isCommitting = true;
        }
    }

    /// <summary>The one who committed has its answer; those that came meanwhile are somebody else's work.</summary>
    private void Leave()
    {
        if (Next() is { } batch) _ = Task.Run(() => CommitAllAsync(batch));
    }

    private async Task CommitAllAsync(AppendBatch? batch)
    {
        while (batch is not null)
        {
            var started = Stopwatch.GetTimestamp();
            await CommitAsync(batch).ConfigureAwait(false);
            await GatherAsync(batch.Appends.Count, Stopwatch.GetElapsedTime(started) / PartOfCommit).ConfigureAwait(false);
            batch = Next();
        }
    }

    /// <summary>
    /// Those who have just got their answers often come again at once. Without them the next commit would be for the few who came
    /// meanwhile, and all others would wait for two: so they get a moment, small beside a commit.
    /// </summary>
    private async Task GatherAsync(int expected, TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (CountWaiting() < expected && Stopwatch.GetElapsedTime(started) < patience) await Task.Yield();

        int CountWaiting()
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <summary>Takes those that wait, as many as may share a commit; null when nobody waits.</summary>
    private AppendBatch? Next()
    {
        lock (_gate)
        {
            var batch = new AppendBatch();
            while (_waiting.TryPeek(out var pending))
            {
                if (batch.IsFullFor(pending)) break;
                _waiting.Dequeue();
                if (pending.Take()) batch.Add(pending);
            }

            if (batch.Appends.Count > 0) return batch;
            _isCommitting = false;
            if (_isClosed) _idle.TrySetResult();
            return null;
        }
    }

    private async Task CommitAsync(AppendBatch batch)
    {
        try
        {
            while (batch.Appends.Count > 0)
            {
                var (position, heads) = await writer.TryWriteAsync(batch).ConfigureAwait(false);
                if (position is { } before)
                {
                    batch.Answer(before, heads);
                    appended();
                    return;
                }

                // What can be taken is tried again: meanwhile another process may have appended.
                batch = batch.Decide(heads, await writer.FindAsync(batch).ConfigureAwait(false));
            }
        }
#pragma warning disable CA1031 // Whatever it is, each caller hears of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            foreach (var pending in batch.Appends) pending.Fail(e);
        }
    }
}
