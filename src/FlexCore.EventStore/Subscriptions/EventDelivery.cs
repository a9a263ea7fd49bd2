namespace FlexCore.EventStore.Subscriptions;

/// <summary>Why a handler gets an event, so that it can leave out side effects that come too late.</summary>
public enum EventDelivery
{
    /// <summary>The log has more: since it took over, this consumer has not reached its end yet.</summary>
    CatchingUp,

    /// <summary>The consumer has reached the end of the log before, and gets events as they are appended.</summary>
    Live,

    /// <summary>The event had been parked, and somebody wants it to be handled again.</summary>
    Replayed,
}
