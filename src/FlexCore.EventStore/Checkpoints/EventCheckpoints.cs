using FlexCore.EventStore.Checkpoints;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.EventStore;

/// <summary>
/// Seals the log behind its appends, and signs what it has come to. Of all that are started, in any number of processes, one works at a time. Dispose it before the store.
/// </summary>
public sealed class EventCheckpoints : IAsyncDisposable
{
    private readonly CheckpointWriter _writer;
    private readonly CheckpointConsumer _consumer;

    internal EventCheckpoints(CheckpointOptions options, IEventStore store, ISubscriptionTables tables, TimeProvider timeProvider)
    {
        CheckpointOptions.Check(options);
        _writer = new CheckpointWriter(options, store.History);
        _consumer = new CheckpointConsumer(options, _writer, store, tables, timeProvider);
    }

    /// <summary>Begins to work, or to wait for the turn. Calling it again changes nothing.</summary>
    /// <exception cref="ObjectDisposedException">It has been stopped.</exception>
    public void Start() => _consumer.Start();

    /// <summary>Makes a checkpoint of the log as it is now, whoever's turn it is.</summary>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The checkpoint, which is an old one when there was no event since; null when there was never one.</returns>
    /// <exception cref="InvalidDataException">The log or its tree is not whole.</exception>
    /// <exception cref="EventStoreUnavailableException">The store cannot be used.</exception>
    public ValueTask<SignedNote?> WriteAsync(CancellationToken cancellationToken = default) => _writer.WriteAsync(cancellationToken);

    /// <summary>Stops.</summary>
    /// <returns>A task that ends when nothing is done any more.</returns>
    public ValueTask DisposeAsync() => _consumer.DisposeAsync();
}
