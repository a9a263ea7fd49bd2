namespace FlexCore.EventStore.Appending;

/// <summary>How a batch is written into one kind of store. Used by one caller at a time.</summary>
internal interface ILogWriter
{
    /// <summary>Writes all events of a batch, makes its changes after them, and commits, or does nothing.</summary>
    /// <returns>
    /// The position before the batch, null when it was refused: a requirement is not met, an id is taken, or a change is refused, which is then the <see cref="PendingAppend.Refusal"/>
    /// of its append. And where the streams ended before it.
    /// </returns>
    ValueTask<(long? Position, IReadOnlyList<StreamHead> Heads)> TryWriteAsync(AppendBatch batch);

    /// <summary>Finds those events of a batch that are in the store.</summary>
    ValueTask<IReadOnlyDictionary<Guid, RecordedEvent>> FindAsync(AppendBatch batch);
}
