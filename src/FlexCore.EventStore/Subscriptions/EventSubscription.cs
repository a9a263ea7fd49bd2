using System.Text;

namespace FlexCore.EventStore.Subscriptions;

/// <summary>
/// A durable reader of the log under a name. Of all that are started under one name, in any number of processes, one works at a time, and
/// another takes over within seconds when it ends. Each event reaches the handler in the order of positions and at least once: again when the
/// consumer dies before the position was kept. Dispose it before the store.
/// </summary>
public sealed class EventSubscription : IAsyncDisposable
{
    private readonly SubscriptionConsumer _consumer;
    private readonly IEventStore _store;
    private readonly ISubscriptionTables _tables;
    private readonly Func<RecordedEvent, EventDelivery, CancellationToken, ValueTask> _handler;
    private readonly TimeProvider _timeProvider;
    private readonly string _name;
    private readonly SemaphoreSlim _replaying = new(1);

    internal EventSubscription(
        SubscriptionOptions options, Func<RecordedEvent, EventDelivery, CancellationToken, ValueTask> handler, IEventStore store, ISubscriptionTables tables, TimeProvider timeProvider)
    {
        SubscriptionOptions.Check(options);
        ArgumentNullException.ThrowIfNull(handler);
        (_store, _tables, _handler, _timeProvider, _name) = (store, tables, handler, timeProvider, options.Name);
        _consumer = new SubscriptionConsumer(options, handler, store, tables, timeProvider);
    }

    /// <summary>Begins to work, or to wait for the turn. Calling it again changes nothing.</summary>
    /// <exception cref="ObjectDisposedException">The subscription has been stopped.</exception>
    public void Start() => _consumer.Start();

    /// <summary>Says where the subscription stands.</summary>
    /// <param name="cancellationToken">Gives the question up.</param>
    /// <returns>The status.</returns>
    /// <exception cref="EventStoreUnavailableException">The store cannot be asked.</exception>
    public async ValueTask<SubscriptionStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        var position = _consumer.IsTheConsumer ? _consumer.Position : await _tables.ReadPositionAsync(_name, cancellationToken).ConfigureAwait(false);
        var head = await _store.GetLastPositionAsync(cancellationToken).ConfigureAwait(false);
        return new SubscriptionStatus(_name, position, Math.Max(0, head - position), _consumer.State, _consumer.LastError);
    }

    /// <summary>Lists the events that were put aside, in the order of their positions.</summary>
    /// <param name="afterPosition">The last position of the page before, 0 for the first page.</param>
    /// <param name="maxCount">How many to list at most.</param>
    /// <param name="cancellationToken">Gives the question up.</param>
    /// <returns>The parked events.</returns>
    /// <exception cref="EventStoreUnavailableException">The store cannot be asked.</exception>
    public ValueTask<IReadOnlyList<ParkedEvent>> ListParkedAsync(long afterPosition = 0, int maxCount = int.MaxValue, CancellationToken cancellationToken = default) =>
        _tables.ListParkedAsync(_name, afterPosition, maxCount, cancellationToken);

    /// <summary>
    /// Has a parked event handled again, once, by this object's handler, beside what the subscription does otherwise. It need not be started.
    /// Two objects that replay the same event at once may both handle it.
    /// </summary>
    /// <param name="position">The event's position.</param>
    /// <param name="cancellationToken">Handed to the handler.</param>
    /// <returns>Null when it was handled and is no longer parked, or was not parked; otherwise how it stays parked.</returns>
    /// <exception cref="EventStoreUnavailableException">The store cannot be used.</exception>
    public async ValueTask<ParkedEvent?> ReplayParkedAsync(long position, CancellationToken cancellationToken = default)
    {
        await _replaying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (await _tables.ListParkedAsync(_name, position - 1, 1, cancellationToken).ConfigureAwait(false) is not [var parked] || parked.Position != position) return null;
            var events = await _store.ReadLogAsync(position - 1, 1, new LogFilter(), cancellationToken).ConfigureAwait(false);
            using var activity = EventStoreTelemetry.StartHandle(_name, position, events: 1);
            try
            {
                await _handler(events[0], EventDelivery.Replayed, cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever the handler throws is why the event stays parked.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                EventStoreTelemetry.Failed(activity, e);
                if (e is EventStoreUnavailableException) throw;
                parked = parked with { Attempts = parked.Attempts + 1, Error = Printable(e.Message), ParkedAt = _timeProvider.GetUtcNow() };
                await _tables.UpdateParkedAsync(_name, parked, cancellationToken).ConfigureAwait(false);
                return parked;
            }

            await _tables.RemoveParkedAsync(_name, position, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        finally
        {
            _replaying.Release();
        }
    }

    /// <summary>Forgets a parked event: it will not be handled.</summary>
    /// <param name="position">The event's position.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <returns>False when it was not parked.</returns>
    /// <exception cref="EventStoreUnavailableException">The store cannot be used.</exception>
    public ValueTask<bool> DiscardParkedAsync(long position, CancellationToken cancellationToken = default) => _tables.RemoveParkedAsync(_name, position, cancellationToken);

    /// <summary>Stops, and ends when the handler has ended and the position is kept.</summary>
    /// <returns>A task that ends when nothing is handled any more.</returns>
    public ValueTask DisposeAsync() => _consumer.DisposeAsync();

    /// <summary>What any store can keep: not too long, no NUL, no half characters.</summary>
    internal static string Printable(string message)
    {
        const int Longest = 4000;
        var text = message.Length <= Longest ? message : message[..Longest];
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
    }
}
