namespace FlexCore.EventStore.Appending;

/// <summary>An append that waits for its answer.</summary>
internal sealed class PendingAppend
{
    private readonly TaskCompletionSource<AppendResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isTaken;

    public PendingAppend(IReadOnlyList<StreamAppend> appends, IReadOnlyList<TableChange> changes)
    {
        (Appends, Changes) = (appends, changes);
        foreach (var append in appends)
        {
            EventCount += append.Events.Count;
            foreach (var item in append.Events) Bytes += item.Data.Length + item.Metadata.Length;
        }
    }

    public IReadOnlyList<StreamAppend> Appends { get; }

    public IReadOnlyList<TableChange> Changes { get; }

    /// <summary>The change that the store has refused.</summary>
    public TableChangeRefusedException? Refusal { get; set; }

    public int EventCount { get; }

    public long Bytes { get; }

    public IEnumerable<EventData> Events => Appends.SelectMany(append => append.Events);

    /// <summary>The answer, unless the caller gives up before the append has been taken.</summary>
    public async Task<AppendResult> WaitAsync(CancellationToken cancellationToken)
    {
        await using var giveUp = cancellationToken.UnsafeRegister(static (state, token) => ((PendingAppend)state!).GiveUp(token), this).ConfigureAwait(false);
        return await _answer.Task.ConfigureAwait(false);
    }

    /// <summary>Takes it up; from here on it cannot be given up.</summary>
    /// <returns>False when the caller has given it up.</returns>
    public bool Take() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    public void Answer(AppendResult result) => _answer.TrySetResult(result);

    public void Fail(Exception exception) => _answer.TrySetException(exception);

    private void GiveUp(CancellationToken cancellationToken)
    {
        if (Take()) _answer.TrySetCanceled(cancellationToken);
    }
}
