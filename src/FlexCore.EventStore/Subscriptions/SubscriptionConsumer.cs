namespace FlexCore.EventStore.Subscriptions;

/// <summary>Hands the events to a handler one by one, and parks those that it does not take.</summary>
internal sealed class SubscriptionConsumer(
    SubscriptionOptions options, Func<RecordedEvent, EventDelivery, CancellationToken, ValueTask> handler, IEventStore store, ISubscriptionTables tables, TimeProvider timeProvider)
    : LogConsumer(options.Name, store, tables, timeProvider, options.MaxDelay)
{
    private EventDelivery _delivery;

    protected override async Task ConsumeAsync(IClaim claim, CancellationToken cancellationToken)
    {
        Position = claim.Position;
        _delivery = EventDelivery.CatchingUp;
        Succeeded(ConsumerState.CatchingUp);
        try
        {
            while (true)
            {
                // Read first: what a filter leaves out of a page that is not full is passed over up to here, and not looked at again.
                var head = await PersistAsync(ReadHeadAsync, cancellationToken).ConfigureAwait(false);
                if (head > Position) await WatchLagAsync(TakeBatchAsync(claim, head, cancellationToken), cancellationToken).ConfigureAwait(false);
                if (Position < head) continue;
                _delivery = EventDelivery.Live;
                Succeeded(ConsumerState.Live);
                await WaitForEventsAsync(Position, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (IsStopping && !claim.Lost.IsCancellationRequested)
        {
            // The rest of the batch is for whoever comes next, and only the rest.
            await Tables.TryKeepAsync(Name, claim.Epoch, Position, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task TakeBatchAsync(IClaim claim, long head, CancellationToken cancellationToken)
    {
        var batch = await PersistAsync(token => Store.ReadLogAsync(Position, options.BatchSize, options.Filter, token), cancellationToken).ConfigureAwait(false);
        foreach (var recorded in batch)
        {
            await HandleAsync(recorded, claim, cancellationToken).ConfigureAwait(false);
            Position = recorded.Position;
        }

        if (batch.Count < options.BatchSize) Position = Math.Max(Position, head);
        if (!await PersistAsync(token => Tables.TryKeepAsync(Name, claim.Epoch, Position, token), cancellationToken).ConfigureAwait(false)) throw new ClaimLostException();
    }

    private async ValueTask HandleAsync(RecordedEvent recorded, IClaim claim, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(options.FirstDelay, options.MaxDelay, Clock);
        var attempt = 1;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using (var activity = EventStoreTelemetry.StartHandle(Name, recorded.Position, events: 1))
            {
                try
                {
                    await handler(recorded, _delivery, cancellationToken).ConfigureAwait(false);
                    if (LastError is not null) Succeeded(_delivery == EventDelivery.Live ? ConsumerState.Live : ConsumerState.CatchingUp);
                    return;
                }
#pragma warning disable CA1031 // Whatever the handler throws, the event is tried again or parked.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Failed(e);
                    EventStoreTelemetry.Failed(activity, e);

                    // When the store itself is away, that is not the event's fault: such attempts do not count.
                    if (e is not EventStoreUnavailableException && attempt++ >= options.Attempts)
                    {
                        await ParkAsync(new ParkedEvent(recorded.Position, options.Attempts, EventSubscription.Printable(e.Message), Clock.GetUtcNow()), claim, cancellationToken).ConfigureAwait(false);
                        return;
                    }
                }
            }

            await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask ParkAsync(ParkedEvent parked, IClaim claim, CancellationToken cancellationToken)
    {
        if (!await PersistAsync(token => Tables.TryParkAsync(Name, claim.Epoch, parked, token), cancellationToken).ConfigureAwait(false)) throw new ClaimLostException();
    }
}
