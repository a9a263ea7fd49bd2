using System.Runtime.ExceptionServices;
using FlexCore.Application.Ports;
using FlexCore.Domain.Errors;
using FlexCore.EventStore;
using FlexCore.EventStore.Subscriptions;

namespace FlexCore.Infrastructure.Events;

/// <summary>Subscriptions of the event store.</summary>
internal sealed class LogSubscriptions(IEventStore store) : ILogSubscriptions
{
    /// <summary>Some minutes, with the pauses between them.</summary>
    private const int Attempts = 20;

    public IAsyncDisposable Subscribe(string name, Func<StoredEvent, CancellationToken, ValueTask> handle)
    {
        var subscription = store.Subscribe(new SubscriptionOptions(name) { Attempts = Attempts }, (recorded, _, token) => HandleAsync(recorded, token));
        subscription.Start();
        return subscription;

        async ValueTask HandleAsync(RecordedEvent recorded, CancellationToken token)
        {
            try
            {
                await handle(EventLog.Show(recorded), token);
            }
            catch (FlexCoreException e) when (e.InnerException is EventStoreUnavailableException unavailable)
            {
                // In its own words: that the store is away is not the event's fault, and no attempt.
                ExceptionDispatchInfo.Throw(unavailable);
            }
        }
    }
}
