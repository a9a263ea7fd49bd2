namespace FlexCore.Infrastructure.Messaging;

/// <summary>A group's subscription in this process.</summary>
public sealed class EventBusSubscription : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly TimeSpan _patience;
    private readonly Task _receiving;

    internal EventBusSubscription(IMessageTransport transport, EventHandling handling, SubscriberOptions options)
    {
        _patience = options.DrainTimeout;
        _receiving = Task.Run(() => transport.ReceiveAsync(handling.Topic, handling.Group, options.Concurrency, HandleAsync, _stop.Token));

        async ValueTask HandleAsync(Delivery received, CancellationToken cancellationToken)
        {
            using var either = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _giveUp.Token) : null;
            await handling.HandleAsync(received, either?.Token ?? _giveUp.Token);
        }
    }

    /// <summary>Ends when the subscription does; fails where it cannot go on.</summary>
    public Task Completion => _receiving;

    /// <summary>Begins no further event, and waits for the ones under way (<see cref="SubscriberOptions.DrainTimeout"/>). What waits stays with the broker, for whoever subscribes for the group next.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _giveUp.CancelAfter(_patience);
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _giveUp.Dispose();
    }
}
